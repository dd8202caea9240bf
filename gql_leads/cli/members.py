"""`gql-leads member`: the people who may sign in."""

import asyncio
import os
from dataclasses import replace
from typing import Annotated

import typer

from gql_leads.cli.app_context import member_id_of, open_app_context
from gql_leads.domain.errors import NotFound
from gql_leads.domain.members import InviteMember, Language, UpdateMember
from gql_leads.domain.values.validation import UNSET
from gql_leads.domain.viewer import OPERATOR, MemberRole
from gql_leads.services import members
from gql_leads.services.sign_in.invitations import create_invitation
from gql_leads.settings import Settings, load_settings
from gql_leads.store.models.organization import Member
from gql_leads.store.organization import directory

member = typer.Typer(help="Manage members.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="The member's address.")]


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


@member.command("invite")
def invite_member(
    email: Annotated[str, typer.Option(help="The member's address; no other member may have it.")],
    name: Annotated[str, typer.Option(help="The member's name.")],
    role: Annotated[list[MemberRole], typer.Option(help="A role of the member; repeat it for several.")],
    partner: Annotated[str | None, typer.Option(help="The partner's name; without it, the member is the vendor's.")] = None,
    language: Annotated[Language, typer.Option(help="The language of mails to the member.")] = Language.EN,
) -> None:
    """Add a member and print a link, valid once and for 72 hours, with which they set their password."""
    print(asyncio.run(_invite_member(load_settings(os.environ), email, name, tuple(role), partner, language)))


@member.command("list")
def list_members() -> None:
    """Print address, name, partner, roles and state of every member."""
    for row in asyncio.run(_read_members(load_settings(os.environ))):
        partner = "(vendor)" if row.partner is None else row.partner.name
        print(f"{row.email}\t{row.name}\t{partner}\t{', '.join(row.roles)}\t{'active' if row.is_active else 'inactive'}")


@member.command("update")
def update_member(
    email: Email,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    role: Annotated[list[MemberRole] | None, typer.Option(help="All roles of the member; repeat it for several.")] = None,
) -> None:
    """Change a member's name or roles; what is left out stays."""
    changes = UpdateMember(member_id=OPERATOR.member_id, name=UNSET if name is None else name, roles=role or UNSET)
    asyncio.run(_update_member(load_settings(os.environ), email, changes))
    print(f"Updated {email}.")


@member.command("deactivate")
def deactivate_member(email: Email) -> None:
    """Deactivate a member: they cannot sign in, and their open sockets are closed."""
    asyncio.run(_update_member(load_settings(os.environ), email, UpdateMember(member_id=OPERATOR.member_id, is_active=False)))
    print(f"Deactivated {email}.")


@member.command("activate")
def activate_member(email: Email) -> None:
    """Activate a member again."""
    asyncio.run(_update_member(load_settings(os.environ), email, UpdateMember(member_id=OPERATOR.member_id, is_active=True)))
    print(f"Activated {email}.")


async def _add_member(settings: Settings, email: str, name: str, roles: frozenset[MemberRole], partner: str | None) -> None:
    async with open_app_context(settings) as app:
        await members.add_member(app, email, name, roles, partner)


async def _invite_member(
    settings: Settings, email: str, name: str, roles: tuple[MemberRole, ...], partner: str | None, language: Language
) -> str:
    async with open_app_context(settings) as app:
        partner_id = None if partner is None else await directory.partner_named(app.database.reading, partner)
        if partner is not None and partner_id is None:
            raise NotFound(f"There is no partner named {partner}. List them with: gql-leads partner list")
        wanted = InviteMember(name=name, email=email, roles=roles, partner_id=partner_id, language=language)
        return await create_invitation(app, OPERATOR, wanted)


async def _read_members(settings: Settings) -> list[Member]:
    async with open_app_context(settings) as app:
        return await directory.members(app.database.reading)


async def _update_member(settings: Settings, email: str, changes: UpdateMember) -> None:
    async with open_app_context(settings) as app:
        await members.update_member(app, OPERATOR, replace(changes, member_id=await member_id_of(app, email)))
