"""Databases for tests, each its own: a copy of a template that was migrated once, or one that is still empty."""

import asyncio
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import asyncpg

Migrate = Callable[[str], Coroutine[Any, Any, None]]
CHOSEN_BY: Final = "GQL_LEADS_TEST_DATABASE"


class Databases(Protocol):
    """Where tests get their databases from."""

    def empty(self) -> str:
        """Make a database without tables and return its URL."""

    def migrated(self) -> str:
        """Make a database with tables and no rows and return its URL."""

    def copied(self, url: str) -> str:
        """Make a database like one that nobody is connected to and return its URL."""

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""


class SqliteDatabases:
    """Files in one folder."""

    def __init__(self, folder: Path, migrate: Migrate) -> None:
        self._folder = folder
        self._migrate = migrate
        self._numbers = count(1)

    def empty(self) -> str:
        return f"sqlite://{self._folder / str(next(self._numbers))}.db"

    def migrated(self) -> str:
        return self.copied(self._template)

    def copied(self, url: str) -> str:
        with closing(sqlite3.connect(_path(url))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the file alone is the database
        copy = self.empty()
        shutil.copyfile(_path(url), _path(copy))
        return copy

    def drop(self, url: str) -> None:
        for path in self._folder.glob(f"{_path(url).name}*"):
            path.unlink()

    @cached_property
    def _template(self) -> str:
        url = self.empty()
        asyncio.run(self._migrate(url))
        return url


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite://"))


class PostgresDatabases:
    """Databases of one server, under names that no other run uses."""

    def __init__(self, server_url: str, migrate: Migrate) -> None:
        self._server_url = server_url
        self._migrate = migrate
        self._prefix = f"gql_leads_test_{secrets.token_hex(6)}"
        self._numbers = count(1)
        self._made: set[str] = set()

    def empty(self) -> str:
        return self._create("template0")

    def migrated(self) -> str:
        return self.copied(self._template)

    def copied(self, url: str) -> str:
        return self._create(_name(url))

    def drop(self, url: str) -> None:
        asyncio.run(self._execute(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)'))
        self._made.discard(url)

    def close(self) -> None:
        """Remove what is left: the template, and what failing tests have not dropped."""
        for url in list(self._made):
            self.drop(url)

    def _create(self, template: str) -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        asyncio.run(self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        url = urlsplit(self._server_url)._replace(path=f"/{name}").geturl()
        self._made.add(url)
        return url

    @cached_property
    def _template(self) -> str:
        url = self.empty()
        asyncio.run(self._migrate(url))
        return url

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


@contextmanager
def databases(server_url: str | None, folder: Path, migrate: Migrate) -> Iterator[Databases]:
    """Yield those of the server, or of the folder where there is no server."""
    if server_url is None:
        yield SqliteDatabases(folder, migrate)
        return
    made = PostgresDatabases(server_url, migrate)
    try:
        yield made
    finally:
        made.close()
