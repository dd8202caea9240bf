"""Driver errors of an unreachable database are raised as Unavailable."""

import sqlite3

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from gql_leads.domain.errors import Unavailable
from gql_leads.store.database.database_errors import translate_errors


class BrokenClient:
    """Raises the given error from each statement."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def execute_query(self, _query: str) -> None:
        """Raise the error."""
        raise self._error

    async def execute_insert(self, _query: str, _values: list[object]) -> None:
        """Raise the error."""
        raise self._error


Translating = translate_errors(BrokenClient)


def sqlite_error(code: int, name: str) -> OperationalError:
    """Return the error that Tortoise raises for an SQLite error of this code."""
    error = sqlite3.OperationalError(name)
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return OperationalError(error)


@pytest.mark.parametrize(
    "error",
    [OSError(), asyncpg.InterfaceError("closed"), asyncpg.QueryCanceledError(), sqlite_error(sqlite3.SQLITE_BUSY, "SQLITE_BUSY")],
    ids=["network", "connection lost", "statement timeout", "SQLite locked"],
)
async def test_each_statement_method_raises_unavailable_if_the_database_is_unreachable(error: Exception) -> None:
    client = Translating(error)
    with pytest.raises(Unavailable):
        await client.execute_query("SELECT 1")
    with pytest.raises(Unavailable):
        await client.execute_insert("INSERT", [])


async def test_invalid_statement_keeps_its_error() -> None:
    error = sqlite_error(sqlite3.SQLITE_ERROR, "SQLITE_ERROR")
    with pytest.raises(OperationalError) as caught:
        await Translating(error).execute_query("SELEC 1")
    assert caught.value is error
