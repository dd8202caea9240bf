"""`gql-leads member`: the people who may sign in."""

import asyncio
import os
from typing import Annotated

import typer

from gql_leads.cli.app_context import open_app_context
from gql_leads.domain.viewer import MemberRole
from gql_leads.services import members
from gql_leads.settings import Settings, load_settings

member = typer.Typer(help="Manage members.", no_args_is_help=True)


@member.command("add")
def add_member(
    email: Annotated[str, typer.Option(help="The member's address; no other member may have it.")],
    name: Annotated[str, typer.Option(help="The member's name.")],
    role: Annotated[list[MemberRole], typer.Option(help="A role of the member; repeat it for several.")],
    partner: Annotated[str | None, typer.Option(help="The partner's name; without it, the member is the vendor's.")] = None,
) -> None:
    """Add a member of a partner or of the vendor."""
    asyncio.run(_add_member(load_settings(os.environ), email, name, frozenset(role), partner))
    print(f"Added {name} <{email}>.")


async def _add_member(settings: Settings, email: str, name: str, roles: frozenset[MemberRole], partner: str | None) -> None:
    async with open_app_context(settings) as app:
        await members.add_member(app, email, name, roles, partner)
