"""`gql-leads migrate`, `backup`, `restore` and `new-epoch`."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from gql_leads.cli.app_context import open_app_context
from gql_leads.cli.errors import fail
from gql_leads.settings import Settings, load_settings
from gql_leads.store.database.backup import back_up
from gql_leads.store.database.backup import restore as restore_file
from gql_leads.store.database.migrate import migrate as migrate_database
from gql_leads.store.database.migrate import pending_migrations
from gql_leads.store.events.epochs import start_epoch


def migrate(
    plan: Annotated[bool, typer.Option("--plan", help="Only print the migrations that would be applied.")] = False,
) -> None:
    """Bring the database's tables up to date."""
    url = load_settings(os.environ).connection_url
    if not plan:
        asyncio.run(migrate_database(url))
    elif pending := asyncio.run(pending_migrations(url)):
        print("\n".join(pending))
        return
    print("The database is up to date.")


def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")]) -> None:
    """Copy the SQLite database, also while a server uses it."""
    settings = load_settings(os.environ)
    if settings.sqlite_file is None:
        fail("backup copies an SQLite database; use pg_dump for PostgreSQL.")
    back_up(settings.sqlite_file, file)
    secret = f"in {settings.secret_file}" if settings.secret_file else "that the settings give"
    print(f"Copied {settings.sqlite_file} to {file}.")
    print(f"The copy does not contain the secret {secret}: keep it as well, or tokens, cursors and export links end with a restore.")


def restore(file: Annotated[Path, typer.Argument(help="A backup, or any copy of a database file.")]) -> None:
    """Put a backup in the place of the SQLite database; no server may use it meanwhile."""
    settings = load_settings(os.environ)
    if settings.sqlite_file is None:
        fail("restore is for an SQLite database; use pg_restore for PostgreSQL.")
    replaced = restore_file(file, settings.sqlite_file)
    print(f"Restored {file} to {settings.sqlite_file}. Clients load their lists again.")
    if replaced is not None:
        print(f"The database that it replaced is {replaced}.")
    if settings.secret_file is not None and not settings.secret_file.exists():
        print(f"There is no secret in {settings.secret_file}: put the one of the backup there, or the next start makes a new one.")


def new_epoch() -> None:
    """Expire every event cursor, after files of the database were copied by hand."""
    asyncio.run(_start_epoch(load_settings(os.environ)))
    print("A new epoch of the event log has begun: clients load their lists again.")


async def _start_epoch(settings: Settings) -> None:
    async with open_app_context(settings) as app, app.database.transaction() as connection:
        await start_epoch(connection)
