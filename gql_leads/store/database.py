"""One database: how it is opened, and the door that statements go through."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.connection import ConnectionHandler
from tortoise.exceptions import DBConnectionError, OperationalError

from gql_leads.domain.errors import BadInput, Unavailable
from gql_leads.store.engines.asyncpg import Asking, Client
from gql_leads.store.engines.at_once import kind_of
from gql_leads.store.engines.sqlite import MAPPED, Part
from gql_leads.store.lines import copied, written
from gql_leads.store.outage import Outage
from gql_leads.store.pulse import Pulse
from gql_leads.store.rows import Row, encode_all
from gql_leads.store.sql import Sql, numbered

logger = logging.getLogger(__name__)

Dialect = Literal["sqlite", "postgres"]
LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what a statement meets where the server said farewell just before it
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    DBConnectionError,
)
"""What the drivers raise when the database is away."""
OVERLOADED = (asyncpg.QueryCanceledError, asyncpg.TransactionRollbackError)
"""What they raise when a statement took too long, or gave way to another transaction: the same request may do better in a moment."""
UNREACHABLE: Final = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
"""What SQLite says where another process kept its lock for too long, or the disk refuses."""

OPTIONS: Final = {"host", "sslmode"}
"""What a PostgreSQL URL may say behind its `?`."""
MOST_PARAMETERS: Final = 32_766
"""Of one statement: what SQLite takes, and PostgreSQL by one more."""
SENT_AT_ONCE: Final = 100_000
"""Bytes of parameters, at most: asyncpg's executemany sends four buffers of 32 KiB before it waits."""

LOCK_AWAITED: Final = 4_000
"""Milliseconds that a change waits for another program to let SQLite's file go: who waits longer is told that the database is away."""

APP: Final = "leads"
MODELS: Final = "gql_leads.store.models"
MIGRATIONS: Final = "gql_leads.store.migrations"


class Connection:
    """What statements are sent through: written with `?`, parameters as plain facts (see `rows.encode`)."""

    def __init__(self, client: BaseDBAsyncClient, dialect: Dialect) -> None:
        self._client = client
        self.dialect = dialect

    async def fetch(self, sql: str, *parameters: object) -> Sequence[Row]:
        """The rows of a SELECT, or of a statement with RETURNING. A row is read by column name."""
        if len(parameters) > MOST_PARAMETERS:
            raise BadInput("This asks for too much at once. Give fewer values in the filter, or ask for fewer counts.")
        values = encode_all(parameters)
        text = sql if self.dialect == "sqlite" else numbered(sql)
        try:
            if isinstance(self._client, Asking):
                return await self._client.fetch(text, values)
            if sql.startswith(("SELECT", "WITH")):
                return (await self._client.execute_query(text, values))[1]
            return await self._client.execute_query_dict(text, values)
        except Exception as error:
            _refuse_if_away(error)
            raise

    async def fetch_one(self, sql: str, *parameters: object) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(sql, *parameters)
        return rows[0] if rows else None

    async def execute(self, sql: str, *parameters: object) -> int:
        """Run a statement and return how many rows it changed (PostgreSQL reports none for INSERT … SELECT)."""
        values = encode_all(parameters)
        with _Translated():
            return (await self._client.execute_query(sql if self.dialect == "sqlite" else numbered(sql), values))[0]

    async def send(self, statements: Sequence[Sql]) -> Sequence[Row]:
        """Run changes that do not see one another, of different rows, in one journey; the rows of the last one's RETURNING."""
        *first, last = statements
        if self.dialect == "postgres":
            beside = ", ".join(f"part{number} AS ({one.text})" for number, one in enumerate(first))
            parameters = [value for one in statements for value in one.parameters]
            return await self.fetch(f"WITH {beside} {last.text}" if first else last.text, *parameters)
        assert isinstance(self._client, Part), "changes are made in a transaction"
        encoded = [(one.text, encode_all(one.parameters)) for one in statements]
        with _Translated():
            rows: Sequence[Row] = await self._client.execute_all(encoded)
            return rows

    async def copy(self, rows: Sql) -> Iterator[bytes]:
        """The rows of a SELECT as lines of CSV, in pieces (see `store.lines`)."""
        with _Translated():
            if isinstance(self._client, Client):
                return await copied(self._client, rows)
            assert isinstance(self._client, SqliteClient), "a file can be opened once more"
            return await asyncio.to_thread(written, self._client.filename, rows)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for many rows of parameters."""
        if rows:
            values = [encode_all(row) for row in rows]
            with _Translated():
                if self.dialect == "sqlite":
                    await self._client.execute_many(sql, values)
                    return
                for part in _sendable(values):
                    await self._client.execute_many(numbered(sql), part)


def _sendable(rows: list[list[object]]) -> Iterator[list[list[object]]]:
    """The rows in parts that asyncpg sends in one go: cancelled between two goes, it waits for an answer to what it never asked."""
    part: list[list[object]] = []
    size = 0
    for row in rows:
        more = sum(16 + 4 * len(value) if isinstance(value, str | bytes) else 24 for value in row)
        if part and size + more > SENT_AT_ONCE:
            yield part
            part, size = [], 0
        part.append(row)
        size += more
    yield part


class _Translated:
    """Tells a database that is away from a statement that is wrong."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, _: object) -> None:
        if exc is not None:
            _refuse_if_away(exc)


def _refuse_if_away(error: BaseException) -> None:
    # A parameter that asyncpg cannot send is an InterfaceError too, and a ValueError: the statement is wrong, and nothing is away.
    is_away = isinstance(error, (*LOST, *OVERLOADED)) and not isinstance(error, ValueError)
    if is_away or _is_out_of_reach(error):
        raise Unavailable() from error


def _is_out_of_reach(error: BaseException) -> bool:
    """Whether SQLite cannot come at its file. Tortoise wraps what a statement raises, not what BEGIN does."""
    cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
    if not isinstance(cause, sqlite3.Error) or kind_of(cause) not in UNREACHABLE:
        return False
    if kind_of(cause) != sqlite3.SQLITE_BUSY:
        logger.error("SQLite cannot use its file: %s (%s).", cause, cause.sqlite_errorname)
    return True


class Database:
    """An open database. `reading` never waits for a transaction of this process; it does not see one's writes before they are committed."""

    def __init__(self, connections: ConnectionHandler, url: str) -> None:
        self.url = url
        self.dialect: Dialect = dialect_of(url)
        self._connections = connections
        self._writing = connections.get("default")
        self._reading = connections.get("reading") if self.dialect == "sqlite" else self._writing
        self.reading = Connection(self._reading, self.dialect)
        self.writing = Connection(self._writing, self.dialect)
        self.outage = Outage()
        self._pulse: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, url: str, *, pool_size: int = 10, statement_timeout: float = 10.0) -> "Database":
        """Open the database of this URL; it must be migrated (`store.migrate`)."""
        check_usable(url)
        connections = ConnectionHandler()
        # Without the models: they are for the migrations, the statements are our own.
        await connections._init(configuration(url, pool_size=pool_size, statement_timeout=statement_timeout)["connections"], False)
        if dialect_of(url) == "sqlite":
            # Before anybody can ask at once, or be cancelled half-way: a connection left behind hangs the exit, one half set up is lax.
            for name in ("default", "reading"):
                await connections.get(name).create_connection(with_db=True)
        database = cls(connections, url)
        if isinstance(database._writing, Client):
            database._pulse = asyncio.create_task(Pulse(database._writing).run())
        return database

    async def close(self) -> None:
        """Give every connection back."""
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.wait([self._pulse])
        await self._connections.close_all()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction: committed at the end of the block, rolled back by any exception or cancellation."""
        with _Translated():
            async with self._writing._in_transaction() as client:
                yield Connection(client, self.dialect)

    async def is_reachable(self) -> bool:
        """Whether the database answers."""
        try:
            async with asyncio.timeout(3):
                await self.reading.fetch("SELECT 1")
        except (Unavailable, TimeoutError):
            return False
        return True

    @property
    def pooled(self) -> dict[str, int]:
        """How many connections of PostgreSQL's pool are `idle` and `used`; empty on SQLite, and before the first statement."""
        if self.pool is None or not isinstance(self._writing, Client):
            return {}
        idle = self.pool.get_idle_size() + self._writing.at_hand
        return {"idle": idle, "used": self.pool.get_size() - idle}

    @property
    def pool(self) -> asyncpg.Pool | None:
        """PostgreSQL's pool, for what needs a connection of its own; None on SQLite."""
        return getattr(self._writing, "_pool", None)


def dialect_of(url: str) -> Dialect:
    """Which database a URL names."""
    return "sqlite" if url.startswith("sqlite:") else "postgres"


def sqlite_path(url: str) -> Path:
    """The file of a `sqlite://` URL: what follows the two slashes, relative or absolute."""
    return Path(unquote(url.removeprefix("sqlite://")))


def check_usable(url: str) -> None:
    """Raise BadInput where a PostgreSQL URL has options nobody heeds, or an SQLite URL names something that is there and is no database."""
    if dialect_of(url) == "postgres":
        if unknown := dict(parse_qsl(urlsplit(url).query)).keys() - OPTIONS:
            raise BadInput(f"The database URL has an unknown option, {min(unknown)}. Known are: {', '.join(sorted(OPTIONS))}.")
        return
    if not sqlite_path(url).exists():
        return
    try:
        with closing(sqlite3.connect(sqlite_path(url))) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        if kind_of(error) == sqlite3.SQLITE_CANTOPEN:
            raise BadInput(f"{sqlite_path(url)} cannot be opened as an SQLite database.") from None
    except sqlite3.DatabaseError as error:
        raise BadInput(f"{sqlite_path(url)} is no SQLite database: {error}.") from None


def configuration(url: str, *, pool_size: int = 10, statement_timeout: float = 0) -> dict[str, Any]:
    """Tortoise's configuration for this URL; a statement may take so many seconds on PostgreSQL, 0 for as long as it likes."""
    if dialect_of(url) == "sqlite":
        pragmas = {"file_path": str(sqlite_path(url)), "journal_mode": "WAL", "busy_timeout": LOCK_AWAITED, "synchronous": "FULL",
                   "cache_size": -32_000, "mmap_size": MAPPED, "temp_store": "MEMORY", "journal_size_limit": 67_108_864,
                   "secure_delete": "ON"}  # fmt: skip
        engine = "gql_leads.store.engines.sqlite"
        connections = {
            "default": {"engine": engine, "credentials": pragmas},
            "reading": {"engine": f"{engine}_reading", "credentials": {**pragmas, "query_only": "ON"}},
        }
    else:
        connections = {
            "default": {"engine": "gql_leads.store.engines.asyncpg", "credentials": _credentials(url, pool_size, statement_timeout)}
        }
    return {
        "connections": connections,
        "apps": {APP: {"models": [MODELS], "migrations": MIGRATIONS, "default_connection": "default"}},
    }


def _credentials(url: str, pool_size: int, statement_timeout: float) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "host": unquote(parts.hostname or "") or options.get("host") or "127.0.0.1",
        "ssl": options.get("sslmode"),
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
        "minsize": 0,
        "maxsize": pool_size,
        "timeout": 5,
        "command_timeout": 30,
        "server_settings": {
            "application_name": "gql_leads",
            "idle_in_transaction_session_timeout": "30000",
            "statement_timeout": str(int(statement_timeout * 1000)),
            "jit": "off",
            "datestyle": "ISO",
        },
    }
