"""Database URLs, and the Tortoise configuration that they stand for."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import unquote

from gql_leads.domain.errors import BadInput
from gql_leads.store.database.engines.sqlite import MAPPED
from gql_leads.store.database.engines.sqlite_inline import kind_of
from gql_leads.store.database.postgres_urls import check_options, connection_arguments, is_pgbouncer

Dialect = Literal["sqlite", "postgres"]

LOCK_AWAITED: Final = 4_000
"""Milliseconds to wait for another process's lock on an SQLite file; then the database counts as unavailable."""

APP: Final = "leads"
MODELS: Final = "gql_leads.store.models"
MIGRATIONS: Final = "gql_leads.store.migrations"


def dialect_of(url: str) -> Dialect:
    """Return the dialect of a database URL."""
    return "sqlite" if url.startswith("sqlite:") else "postgres"


def sqlite_path(url: str) -> Path:
    """Return the file of a `sqlite://` URL: the part after the two slashes, relative or absolute."""
    return Path(unquote(url.removeprefix("sqlite://")))


def check_usable(url: str) -> None:
    """Raise BadInput if a PostgreSQL URL has unknown options, or an SQLite URL names a file that is no database."""
    if dialect_of(url) == "postgres":
        check_options(url)
        return
    if not sqlite_path(url).exists():
        return
    try:
        with closing(sqlite3.connect(sqlite_path(url))) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        if kind_of(error) == sqlite3.SQLITE_CANTOPEN:
            raise BadInput(f"{sqlite_path(url)} cannot be opened as an SQLite database.") from None
    except sqlite3.DatabaseError as error:
        raise unreadable(url, error) from None


def unreadable(url: str, error: sqlite3.DatabaseError) -> BadInput:
    """Return the error for a file that is damaged or is no database."""
    return BadInput(f"{sqlite_path(url)} cannot be read as an SQLite database: {error}. If it was one, put a backup in its place.")


def configuration(url: str, *, pool_size: int = 10, statement_timeout: float = 0) -> dict[str, Any]:
    """Return Tortoise's configuration of a URL; `statement_timeout` is in seconds, on PostgreSQL only, 0 for none."""
    if dialect_of(url) == "sqlite":
        pragmas = {"file_path": str(sqlite_path(url)), "journal_mode": "WAL", "busy_timeout": LOCK_AWAITED, "synchronous": "FULL",
                   "cache_size": -8_000, "mmap_size": MAPPED, "temp_store": "MEMORY", "journal_size_limit": 67_108_864,
                   "secure_delete": "ON"}  # fmt: skip
        engine = "gql_leads.store.database.engines.sqlite"
        connections = {
            "default": {"engine": engine, "credentials": pragmas},
            "reading": {"engine": f"{engine}_reading", "credentials": {**pragmas, "query_only": "ON"}},
        }
    else:
        connections = {
            "default": {
                "engine": "gql_leads.store.database.engines.asyncpg",
                "credentials": _credentials(url, pool_size, statement_timeout),
            }
        }
    return {
        "connections": connections,
        "apps": {APP: {"models": [MODELS], "migrations": MIGRATIONS, "default_connection": "default"}},
    }


def _credentials(url: str, pool_size: int, statement_timeout: float) -> dict[str, Any]:
    session = {
        "idle_in_transaction_session_timeout": "30000",
        "statement_timeout": str(int(statement_timeout * 1000)),
        "jit": "off",
        # Starting a parallel worker takes 10 ms, longer than most statements: allow it only for scans of whole tables.
        "parallel_setup_cost": "10000",
        # Reports and facets group all leads by several attributes at once; beyond this limit PostgreSQL sorts the leads for some of them.
        "hash_mem_multiplier": "16",
    }
    # PgBouncer knows these two; it refuses other startup parameters, and gives each transaction any session of its own.
    startup = {"application_name": "gql_leads", "datestyle": "ISO"}
    return {
        **connection_arguments(url),
        "minsize": 0,
        "maxsize": pool_size,
        "timeout": 5,
        "command_timeout": 30,
        "server_settings": startup if is_pgbouncer(url) else startup | session,
        "transaction_settings": session if is_pgbouncer(url) else {},
    }
