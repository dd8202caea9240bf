"""Create a database for each test: a copy of a template that was migrated once, or an empty one."""

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
    """Source of the databases of tests."""

    def empty(self) -> str:
        """Create a database without tables and return its URL."""

    def migrated(self) -> str:
        """Create a migrated database without rows and return its URL."""

    def copied(self, url: str) -> str:
        """Copy a database that has no connections and return the URL of the copy."""

    def drop(self, url: str) -> None:
        """Remove a database, even if there are connections to it."""


class SqliteDatabases:
    """SQLite files in one folder."""

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
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the file is copied without its write-ahead log
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
    """Databases of one PostgreSQL server, with a name prefix that no other run uses."""

    def __init__(self, server_url: str, migrate: Migrate) -> None:
        self._server_url = server_url
        self._migrate = migrate
        self._prefix = f"gql_leads_test_{secrets.token_hex(6)}"
        self._numbers = count(1)
        self._made: set[str] = set()
        # One connection for all statements; its loop is of no test.
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncpg.connect(server_url))
        # Copying files is twice as fast as logging every page; before version 15 it is the only strategy.
        self._strategy = "STRATEGY FILE_COPY" if self._server.get_server_version().major >= 15 else ""

    def empty(self) -> str:
        return self._create("template0")

    def migrated(self) -> str:
        return self.copied(self._template)

    def copied(self, url: str) -> str:
        return self._create(_name(url))

    def drop(self, url: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')
        self._made.discard(url)

    def close(self) -> None:
        """Remove the template and the databases that failed tests have not dropped."""
        for url in list(self._made):
            self.drop(url)
        self._loop.run_until_complete(self._server.close())
        self._loop.close()

    def _create(self, template: str) -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {self._strategy}')
        url = urlsplit(self._server_url)._replace(path=f"/{name}").geturl()
        self._made.add(url)
        return url

    @cached_property
    def _template(self) -> str:
        url = self.empty()
        asyncio.run(self._migrate(url))
        # Otherwise each copy would be taken for a restored database, which starts a new epoch of the event log.
        asyncio.run(_forget_identity(url))
        return url

    def _execute(self, statement: str) -> None:
        self._loop.run_until_complete(self._server.execute(statement))


async def _forget_identity(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("UPDATE log_state SET identity = NULL")
    finally:
        await connection.close()


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


@contextmanager
def databases(server_url: str | None, folder: Path, migrate: Migrate) -> Iterator[Databases]:
    """Yield databases of the server, or SQLite files in the folder if there is no server."""
    if server_url is None:
        yield SqliteDatabases(folder, migrate)
        return
    made = PostgresDatabases(server_url, migrate)
    try:
        yield made
    finally:
        made.close()
