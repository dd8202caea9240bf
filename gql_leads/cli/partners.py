"""`gql-leads partner`: the companies that receive leads."""

import asyncio
import os
from typing import Annotated

import typer

from gql_leads.cli.app_context import open_app_context
from gql_leads.domain.commands import SavePartner
from gql_leads.domain.errors import NotFound
from gql_leads.domain.values.validation import UNSET
from gql_leads.domain.viewer import OPERATOR
from gql_leads.services import partners
from gql_leads.settings import Settings, load_settings
from gql_leads.store.models.organization import Partner
from gql_leads.store.organization import directory

partner = typer.Typer(help="Manage partners.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The partner's name.")]


@partner.command("add")
def add_partner(
    name: Name,
    country: Annotated[str | None, typer.Option(metavar="FR", help="The country of its head office, as ISO 3166-1 code.")] = None,
) -> None:
    """Add a partner."""
    asyncio.run(_add_partner(load_settings(os.environ), name, country))
    print(f"Added {name}.")


@partner.command("list")
def list_partners() -> None:
    """Print name, country and state of every partner."""
    for row in asyncio.run(_read_partners(load_settings(os.environ))):
        print(f"{row.name}\t{row.country or '-'}\t{'active' if row.is_active else 'inactive'}")


@partner.command("deactivate")
def deactivate_partner(name: Name) -> None:
    """Deactivate a partner: its members cannot sign in, and its unanswered claims return to their queues."""
    asyncio.run(_set_active(load_settings(os.environ), name, is_active=False))
    print(f"Deactivated {name}.")


@partner.command("activate")
def activate_partner(name: Name) -> None:
    """Activate a partner again; claims that returned to their queues stay there."""
    asyncio.run(_set_active(load_settings(os.environ), name, is_active=True))
    print(f"Activated {name}.")


async def _add_partner(settings: Settings, name: str, country: str | None) -> None:
    async with open_app_context(settings) as app:
        await partners.save_partner(app, OPERATOR, SavePartner(name=name, country=UNSET if country is None else country))


async def _read_partners(settings: Settings) -> list[Partner]:
    async with open_app_context(settings) as app:
        return await directory.partners(app.database.reading)


async def _set_active(settings: Settings, name: str, *, is_active: bool) -> None:
    async with open_app_context(settings) as app:
        partner_id = await directory.partner_named(app.database.reading, name)
        if partner_id is None:
            raise NotFound(f"There is no partner named {name}. List them with: gql-leads partner list")
        await partners.save_partner(app, OPERATOR, SavePartner(partner_id=partner_id, is_active=is_active))
        while await partners.release_claims_of_inactive_partners(app):
            pass
