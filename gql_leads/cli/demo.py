"""`gql-leads demo`: fill a database with a demo organization and leads."""

import asyncio
import os
from typing import Annotated, Final

import typer

from gql_leads.cli.app_context import open_app_context
from gql_leads.cli.progress import progress_bar
from gql_leads.demo import fill as demonstration
from gql_leads.services.app_context import AppContext
from gql_leads.settings import Settings, load_settings

DEMO_REP: Final = "rep@acme.example"


def demo(
    leads: Annotated[int, typer.Option(min=0, max=10_000_000, help="The number of leads; 0: only the organization.")] = demonstration.LEADS,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data.")] = demonstration.SEED,
    hostile: Annotated[
        bool, typer.Option("--hostile", help="Put wildcards, quotes and formulas into some texts, to test clients with.")
    ] = False,
) -> None:
    """Fill the database with demo data; running it again adds nothing."""
    asyncio.run(_demo(load_settings(os.environ), leads, seed, hostile=hostile))


async def fill_demo(app: AppContext, leads: int, seed: int, *, hostile: bool = False) -> None:
    """Add the missing demo data with a progress bar, and print a summary."""
    with progress_bar("Adding demo data", total=leads or 1) as update:
        summary = await demonstration.fill(app, leads, seed, update, hostile=hostile)
    print(summary)


async def _demo(settings: Settings, leads: int, seed: int, *, hostile: bool) -> None:
    async with open_app_context(settings) as app:
        await fill_demo(app, leads, seed, hostile=hostile)
