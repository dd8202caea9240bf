"""What a database that is away answers, told from what a statement that is wrong is answered with."""

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, TypeVar

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError

from gql_leads.domain.errors import Unavailable
from gql_leads.store.database.engines.sqlite_inline import kind_of

logger = logging.getLogger(__name__)

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

STATEMENT_METHODS: Final = ("execute_query", "execute_query_dict", "execute_insert", "execute_many", "execute_all", "fetch")
"""Methods of a Tortoise client that send a statement, for raw SQL and for QuerySets alike."""
ClientClass = TypeVar("ClientClass", bound=type)


def translate_errors(client_class: ClientClass) -> ClientClass:
    """Make every statement method of a Tortoise client class raise Unavailable when the database is away."""
    for name in STATEMENT_METHODS:
        if hasattr(client_class, name):
            setattr(client_class, name, _translated(getattr(client_class, name)))
    return client_class


def _translated(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def call(*arguments: Any) -> Any:
        try:
            return await method(*arguments)
        except Exception as error:
            refuse_if_away(error)
            raise

    return call


class Translated:
    """A block that raises Unavailable where the database is away, and whatever else is wrong as it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, _: object) -> None:
        if exc is not None:
            refuse_if_away(exc)


def refuse_if_away(error: BaseException) -> None:
    """Raise Unavailable where this says that the database is away."""
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
