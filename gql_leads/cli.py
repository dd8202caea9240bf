"""The command line: each command a few lines. A mistake is one sentence on standard error and exit status 1; wrong usage is 2."""

import asyncio
import gc
import json
import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, NoReturn
from uuid import UUID

import typer
import uvicorn
from rich.console import Console
from rich.progress import Progress

from gql_leads import logs
from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema as graphql_schema
from gql_leads.app import create_app
from gql_leads.demo import fill as demonstration
from gql_leads.domain.errors import LeadsError
from gql_leads.domain.viewer import MemberRole
from gql_leads.events import EventReader
from gql_leads.exports import csv_of
from gql_leads.server.http import TimeoutProtocol
from gql_leads.server.websockets import BoundedWebSocket
from gql_leads.services import exports, members
from gql_leads.services.app_context import AppContext, system_clock
from gql_leads.services.contact_validation import ContactValidator
from gql_leads.services.tokens import Tokens
from gql_leads.settings import Settings, SettingsError, load_settings
from gql_leads.store import organization
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.database.backup import back_up
from gql_leads.store.database.database import Database
from gql_leads.store.database.migrate import is_migrated
from gql_leads.store.database.migrate import migrate as migrate_database
from gql_leads.store.events.cursor_codec import CursorCodec
from gql_leads.store.sql.rows import as_uuid

DEMO_REP: Final = "rep@acme.example"
TOKEN_LASTS: Final = timedelta(hours=12)
GARBAGE_LOOKED_FOR_AFTER: Final = 20_000
"""New objects until Python looks for cycles among them: one page alone makes more than the 700 that are usual."""
UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

app = typer.Typer(
    name="gql-leads", help="Every lead of a marketplace to the right partner at once.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
member = typer.Typer(help="The people who may come in.", no_args_is_help=True)
app.add_typer(member, name="member")


def main() -> None:
    """Run the command; every mistake that has a sentence ends with it alone."""
    # Strawberry logs each mistake in a document; here it is the sentence that says it.
    logging.getLogger("strawberry").addHandler(logging.NullHandler())
    try:
        app()
    except (LeadsError, SettingsError) as mistake:
        fail(str(mistake))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def fail(sentence: str) -> NoReturn:
    """End with a sentence."""
    print(f"gql-leads: {sentence}", file=sys.stderr)
    sys.exit(1)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes serve.")] = 1,
    demo: Annotated[bool, typer.Option("--demo", help="Fill an empty database with the demo, and print a token for it.")] = False,
) -> None:
    """Serve the API until it is told to stop."""
    settings = load_settings(os.environ)
    logs.set_up_logs(settings.log_level, settings.log_format)
    if demo:
        asyncio.run(_prepare_demo(settings, host, port))
    elif settings.auto_migrate:
        asyncio.run(migrate_database(settings.database_url))
    alone = create_app(settings)  # made for workers too: those that met a wrong setting would be started anew for ever
    application = "gql_leads.app:from_environment" if workers > 1 else alone
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_LOOKED_FOR_AFTER)
    try:
        uvicorn.run(
            application, factory=workers > 1, host=host, port=port, workers=workers if workers > 1 else None,
            http=TimeoutProtocol, ws=BoundedWebSocket, log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=1, timeout_worker_healthcheck=60, ws_per_message_deflate=False,
            ws_max_size=settings.max_frame_bytes, h11_max_incomplete_event_size=settings.max_header_bytes,
        )  # fmt: skip
    except KeyboardInterrupt:
        return


async def _prepare_demo(settings: Settings, host: str, port: int) -> None:
    async with open_app_context(settings) as app:
        if not await demonstration.is_filled(app):
            await _fill(app, demonstration.LEADS, demonstration.SEED)
        token = await _token(app, settings, DEMO_REP, TOKEN_LASTS)
    print(f"GraphiQL: http://{host}:{port}/graphiql")
    print(f"A token of {DEMO_REP}, good for 12 hours:\n{token}", flush=True)


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""
    asyncio.run(migrate_database(load_settings(os.environ).database_url))
    print("The database is up to date.")


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    print(graphql_schema.as_str())


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where the copy goes; must not exist yet.")]) -> None:
    """Copy the SQLite database, while it is being served."""
    settings = load_settings(os.environ)
    if settings.sqlite_file is None:
        fail("backup copies an SQLite database; use pg_dump for PostgreSQL.")
    back_up(settings.sqlite_file, file)
    print(f"Copied {settings.sqlite_file} to {file}.")


@app.command()
def export(
    as_: Annotated[str, typer.Option("--as", metavar="EMAIL", help="The member whose leads are written.")],
    search: Annotated[str | None, typer.Option(help="Only leads in which this text occurs.")] = None,
    filter_: Annotated[str | None, typer.Option("--filter", metavar="JSON", help="Only leads that this LeadFilter selects.")] = None,
) -> None:
    """Write a member's leads as CSV to standard output."""
    asyncio.run(_export(load_settings(os.environ), as_, search, filter_))


async def _export(settings: Settings, email: str, search: str | None, filter_: str | None) -> None:
    try:
        asked = json.loads(filter_) if filter_ else None
    except ValueError:
        fail('--filter should be a LeadFilter as JSON, such as \'{"statuses": ["NEW"]}\'.')
    async with open_app_context(settings) as app:
        viewer = await viewer_of(app.database.reading, await _member_id(app, email))
        if viewer is None:
            fail(f"{email} may not come in.")
        answer = await graphql_schema.execute(
            "mutation ($input: ExportLeadsInput!) { exportLeads(input: $input) { export { url rowCount } errors { message } } }",
            variable_values={"input": {"search": search, "filter": asked}},
            context_value=Context(app, viewer),
        )
        if answer.errors or answer.data is None:
            fail(_about_filter(answer.errors[0].message) if answer.errors else "The leads cannot be exported.")
        payload = answer.data["exportLeads"]
        if payload["errors"]:
            fail(payload["errors"][0]["message"])
        filename, token = payload["export"]["url"].rpartition("/")[2].split("?token=")
        viewer, query = await exports.open_export_link(app, filename, token)
        with _progress("Writing") as told:
            async for part in csv_of(app.reader(viewer), query):
                sys.stdout.buffer.write(part)
                told(part.count(b"\r\n"), payload["export"]["rowCount"])
        sys.stdout.buffer.flush()


def _about_filter(message: str) -> str:
    """A mistake in the filter, by the name that the option has here."""
    return re.sub(r"^Variable '\$input' has invalid value at \.(filter\S*):", r"--\1:", message)


@app.command()
def demo(
    leads: Annotated[int, typer.Option(min=0, max=10_000_000, help="How many leads; 0 makes the organisation only.")] = demonstration.LEADS,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world.")] = demonstration.SEED,
) -> None:
    """Fill the database with a demo world; repeating it adds nothing."""
    asyncio.run(_demo(load_settings(os.environ), leads, seed))


async def _demo(settings: Settings, leads: int, seed: int) -> None:
    async with open_app_context(settings) as app:
        await _fill(app, leads, seed)


async def _fill(app: AppContext, leads: int, seed: int) -> None:
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Making the demo", total=leads or 1)
        summary = await demonstration.fill(app, leads, seed, lambda done, total: progress.update(task, completed=done, total=total))
    print(summary)


@app.command()
def token(
    email: Annotated[str, typer.Argument(help="The member's address.")],
    expires: Annotated[str, typer.Option(metavar="12h", help="How long it is good: a number of s, m, h or d.")] = "12h",
) -> None:
    """Print a bearer token of a member as the last line."""
    lasts = _duration(expires)
    print(asyncio.run(_minted(load_settings(os.environ), email, lasts)))


async def _minted(settings: Settings, email: str, lasts: timedelta) -> str:
    async with open_app_context(settings) as app:
        return await _token(app, settings, email, lasts)


@member.command("add")
def add_member(
    email: Annotated[str, typer.Option(help="The member's address; nobody else may have it.")],
    name: Annotated[str, typer.Option(help="The member's name.")],
    role: Annotated[list[MemberRole], typer.Option(help="What they may do; repeat it for several.")],
    partner: Annotated[str | None, typer.Option(help="The partner's name; without it, the vendor's own.")] = None,
) -> None:
    """Let somebody in."""
    asyncio.run(_add_member(load_settings(os.environ), email, name, frozenset(role), partner))
    print(f"{name} <{email}> may come in now.")


async def _add_member(settings: Settings, email: str, name: str, roles: frozenset[MemberRole], partner: str | None) -> None:
    async with open_app_context(settings) as app:
        await members.add_member(app, email, name, roles, partner)


@asynccontextmanager
async def open_app_context(settings: Settings) -> AsyncIterator[AppContext]:
    """A desk for one command, its database up to date."""
    if settings.auto_migrate:
        await migrate_database(settings.database_url)
    elif not await is_migrated(settings.database_url):
        fail("The database is not up to date. Run: gql-leads migrate")
    database = await Database.open(settings.database_url, pool_size=2)
    contact_validator = ContactValidator(settings.dns_checks, settings.dns_timeout)
    try:
        yield AppContext(
            database=database, rules=settings.rules, cursor_codec=CursorCodec(settings.secret_key()), contact_validator=contact_validator,
            event_reader=EventReader(database), notify=_nobody_listens, now=system_clock, page_size=settings.page_size,
            max_page_size=settings.max_page_size, public_url=settings.public_url,
        )  # fmt: skip
    finally:
        contact_validator.close()
        await database.close()


def _nobody_listens() -> None:
    """Servers find what a command changed by their polls."""


async def _token(app: AppContext, settings: Settings, email: str, lasts: timedelta) -> str:
    return Tokens(settings.secret_key()).mint(await _member_id(app, email), app.now(), lasts)


async def _member_id(app: AppContext, email: str) -> UUID:
    row = await organization.member_by_email(app.database.reading, email)
    if row is None:
        fail(f"There is no member {email}. Make one with: gql-leads member add")
    return as_uuid(row["id"])


def _duration(text: str) -> timedelta:
    parts = re.fullmatch(r"([1-9]\d{0,6})([smhd])", text)
    if parts is None:
        raise typer.BadParameter("give a number and a unit: 30m, 12h or 7d", param_hint="--expires")
    return timedelta(**{UNITS[parts[2]]: int(parts[1])})


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; what it yields is told how many more were done, of how many."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=None)
        yield lambda more, total: progress.update(task, advance=more, total=total)
