"""`gql-leads init`: the first administrator of a new installation."""

import asyncio
import os
from typing import Annotated

import typer

from gql_leads.cli.app_context import open_app_context
from gql_leads.domain.errors import Invalid, InvalidField
from gql_leads.domain.members import InviteMember
from gql_leads.domain.viewer import OPERATOR, MemberRole
from gql_leads.services.sign_in.invitations import create_invitation
from gql_leads.settings import Settings, load_settings
from gql_leads.store.organization import directory


def init(
    admin_email: Annotated[str, typer.Option(help="The address of the first administrator.")],
    admin_name: Annotated[str, typer.Option(help="The administrator's name.")] = "Administrator",
) -> None:
    """Make the first administrator and print a link with which they set their password."""
    print(asyncio.run(_init(load_settings(os.environ), admin_email, admin_name)))


async def _init(settings: Settings, email: str, name: str) -> str:
    async with open_app_context(settings) as app:
        if await directory.has_other_administrator(app.database.reading, email):
            message = "This installation has an administrator already, who can invite others. For another one: gql-leads member invite"
            raise Invalid([InvalidField(("adminEmail",), message)])
        wanted = InviteMember(name=name, email=email, roles=(MemberRole.ADMINISTRATOR,))
        return await create_invitation(app, OPERATOR, wanted)
