"""Translation of driver errors: an unavailable database raises Unavailable, a faulty statement stays as it is."""

import errno
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, TypeVar

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError

from gql_leads.domain.errors import StorageFull, Unavailable
from gql_leads.store.database.engines.sqlite_inline import kind_of

logger = logging.getLogger(__name__)

LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised for a statement that arrives while the server shuts down
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    DBConnectionError,
)
"""Driver errors that mean that the connection is lost."""
OVERLOADED = (asyncpg.QueryCanceledError, asyncpg.TransactionRollbackError)
"""Driver errors that a retry may avoid.

A statement timeout, or a transaction rolled back in favour of another.
"""
UNREACHABLE: Final = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
"""SQLite error codes for a lock held too long by another process, and for a failing disk."""

WRITE_FAILURES: Final = {"SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"}
"""SQLite's errors for a write beyond a quota or the largest size of a file; it tells a full disk by SQLITE_FULL."""

STATEMENT_METHODS: Final = ("execute_query", "execute_query_dict", "execute_insert", "execute_many", "execute_all", "fetch")
"""Methods of a Tortoise client that send a statement, for raw SQL and for QuerySets alike."""
ClientClass = TypeVar("ClientClass", bound=type)


def translate_errors(client_class: ClientClass) -> ClientClass:
    """Make every statement method of a Tortoise client class raise Unavailable when the database is away."""
    for name in STATEMENT_METHODS:
        if hasattr(client_class, name):
            setattr(client_class, name, _translating(getattr(client_class, name)))
    return client_class


def _translating(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def call(*arguments: Any) -> Any:
        try:
            return await method(*arguments)
        except Exception as error:
            refuse_if_away(error)
            raise

    return call


class ErrorTranslation:
    """Context manager that raises Unavailable if the database is unavailable, and passes other errors on."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, _: object) -> None:
        if exc is not None:
            refuse_if_away(exc)


def refuse_if_away(error: BaseException) -> None:
    """Raise Unavailable if the error means that the database is unavailable, StorageFull if it has no space left."""
    # asyncpg raises an InterfaceError that is a ValueError for a parameter of the wrong type: the statement is faulty.
    if _is_lack_of_space(error):
        raise StorageFull() from error
    is_away = isinstance(error, (*LOST, *OVERLOADED)) and not isinstance(error, ValueError)
    if is_away or _is_out_of_reach(error):
        raise Unavailable() from error


def _is_lack_of_space(error: BaseException) -> bool:
    """Return whether a write failed because the disk, a quota or the largest size of a file was reached."""
    cause = _driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return kind_of(cause) == sqlite3.SQLITE_FULL or getattr(cause, "sqlite_errorname", None) in WRITE_FAILURES
    return isinstance(cause, asyncpg.DiskFullError) or (isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT})


def _driver_error(error: BaseException) -> object:
    return error.args[0] if isinstance(error, OperationalError) and error.args else error


def _is_out_of_reach(error: BaseException) -> bool:
    """Return whether SQLite cannot access its file. Tortoise wraps errors of statements, but not of BEGIN."""
    cause = _driver_error(error)
    if not isinstance(cause, sqlite3.Error) or kind_of(cause) not in UNREACHABLE:
        return False
    if kind_of(cause) != sqlite3.SQLITE_BUSY:
        logger.error("SQLite cannot use its file: %s (%s).", cause, cause.sqlite_errorname)
    return True
