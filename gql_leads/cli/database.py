"""`gql-leads migrate` and `gql-leads backup`."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from gql_leads.cli.errors import fail
from gql_leads.settings import load_settings
from gql_leads.store.database.backup import back_up
from gql_leads.store.database.migrate import migrate as migrate_database


def migrate() -> None:
    """Bring the database's tables up to date."""
    asyncio.run(migrate_database(load_settings(os.environ).database_url))
    print("The database is up to date.")


def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")]) -> None:
    """Copy the SQLite database, also while a server uses it."""
    settings = load_settings(os.environ)
    if settings.sqlite_file is None:
        fail("backup copies an SQLite database; use pg_dump for PostgreSQL.")
    back_up(settings.sqlite_file, file)
    print(f"Copied {settings.sqlite_file} to {file}.")
