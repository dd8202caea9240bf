"""`gql-leads import`: leads from a CSV file, as a member would import them."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from gql_leads.cli.app_context import member_id_of, open_app_context
from gql_leads.cli.errors import fail
from gql_leads.cli.progress import progress_bar
from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.imports.states import ImportState
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.imports import NewImport, cancel_lead_import, imports_by_id, start_lead_import
from gql_leads.services.imports.runner import ImportRunner
from gql_leads.services.imports.uploads import RefusedUpload, receive_file
from gql_leads.settings import Settings, load_settings
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.intake.imports import progress
from gql_leads.store.models.imports import LeadImport

PIECE: Final = 262_144
MOST_ERRORS: Final = 20
POLL_SECONDS: Final = 0.2


def import_(
    file: Annotated[Path, typer.Argument(help="The CSV file.", exists=True, dir_okay=False, readable=True)],
    as_: Annotated[str, typer.Option("--as", metavar="EMAIL", help="The member who imports: an administrator or a referral admin.")],
    mapping: Annotated[
        list[str] | None, typer.Option(metavar="HEADER=FIELD", help="The field of a column, as in Kraj=REGION; repeat it for several.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="What separates the cells; without it, the header shows it.")] = None,
    encoding: Annotated[str | None, typer.Option(help="The character encoding; without it, it is recognised.")] = None,
) -> None:
    """Import leads from a CSV file as a member.

    Exits with 1 if the file cannot be read. Ctrl-C cancels: the rows that are in stay.
    """
    wanted = NewImport(file.name, tuple(map(_mapped, mapping or ())), delimiter, encoding)
    asyncio.run(_import(load_settings(os.environ), file, as_, wanted))


def _mapped(text: str) -> tuple[str, LeadImportField]:
    """Return the heading and field of HEADER=FIELD."""
    heading, equals, name = text.rpartition("=")
    try:
        field = LeadImportField(name.strip().upper())
    except ValueError:
        field = None
    if not equals or not heading.strip() or field is None:
        raise typer.BadParameter(f"{text!r} is not HEADER=FIELD. The fields are {', '.join(LeadImportField)}.", param_hint="--mapping")
    return heading, field


async def _import(settings: Settings, file: Path, email: str, wanted: NewImport) -> None:
    async with open_app_context(settings) as app:
        viewer = await viewer_of(app.database.reading, await member_id_of(app, email))
        if viewer is None:
            fail(f"{email} is deactivated, or their partner is.")
        import_id = await start_lead_import(app, viewer, wanted)
        try:
            await receive_file(app, import_id, _pieces(file))
            ended = await _follow(app, viewer, import_id)
        except RefusedUpload as refused:
            await cancel_lead_import(app, viewer, import_id)
            fail(refused.message)
        except asyncio.CancelledError:
            await cancel_lead_import(app, viewer, import_id)
            raise
        await _report(app, ended)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while piece := await asyncio.to_thread(opened.read, PIECE):
            yield piece


async def _follow(app: AppContext, viewer: Viewer, import_id: UUID) -> LeadImport:
    """Run the import here, unless a server has taken it, and show its progress until it has ended."""
    running = asyncio.create_task(ImportRunner(lambda: app).run_next(import_id))
    try:
        with progress_bar("Importing") as update:
            while True:
                current = (await imports_by_id(app, viewer, [import_id])).get(import_id)
                if current is None:
                    fail("The member may not import leads any more.")
                update(current.processed_rows, current.total_rows or 0)
                if ImportState(current.state).is_final:
                    return current
                if running.done() and not running.cancelled():
                    running.result()
                    running = asyncio.create_task(ImportRunner(lambda: app).run_next(import_id))
                await asyncio.sleep(POLL_SECONDS)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _report(app: AppContext, ended: LeadImport) -> None:
    """Print what became of the rows and the first errors; exit with 1 unless the whole file was read."""
    errors = await progress.errors(app.database.reading, ended.id, MOST_ERRORS + 1)
    for one in errors[:MOST_ERRORS]:
        column = f", {one.heading}" if one.heading else ""
        typer.echo(f"Row {one.row}{column}: {one.message}", err=True)
    if len(errors) > MOST_ERRORS:
        typer.echo("There are more errors: read them with leadImport in the API.", err=True)
    print(
        f"{ended.created_rows:,} created, {ended.updated_rows:,} updated, {ended.duplicate_rows:,} duplicates,"
        f" {ended.rejected_rows:,} rejected of {ended.processed_rows:,} rows."
    )
    if ended.state != ImportState.SUCCEEDED:
        fail(f"The import ended as {ended.state.lower()}.")
