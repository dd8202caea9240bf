"""`gql-leads api-key`: secrets with which programs use the API."""

import asyncio
import os
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from gql_leads.cli.app_context import member_id_of, open_app_context
from gql_leads.domain.errors import NotFound
from gql_leads.domain.viewer import OPERATOR, MemberRole
from gql_leads.services.sign_in import api_keys
from gql_leads.services.sign_in.api_keys import NewApiKey
from gql_leads.settings import Settings, load_settings
from gql_leads.store.access.api_keys import keys_of
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.models.sign_in import ApiKey
from gql_leads.store.organization import directory

api_key = typer.Typer(help="Manage API keys.", no_args_is_help=True)


@api_key.command("create")
def create_api_key(
    name: Annotated[str, typer.Option(help="The program that uses the key.")],
    role: Annotated[list[MemberRole], typer.Option(help="A role of the key; repeat it for several.")],
    maker: Annotated[str, typer.Option("--as", metavar="EMAIL", help="The member who makes it: an administrator or a referral admin.")],
    partner: Annotated[str | None, typer.Option(help="The partner's name; without it, the key is the vendor's.")] = None,
    expires: Annotated[datetime | None, typer.Option(help="The end of the key in UTC, as 2027-01-31; without it, it has none.")] = None,
) -> None:
    """Make an API key and print its secret, which cannot be shown again."""
    ends_at = None if expires is None else expires.replace(tzinfo=UTC)
    print(asyncio.run(_create(load_settings(os.environ), maker, name, tuple(role), partner, ends_at)))


@api_key.command("list")
def list_api_keys() -> None:
    """Print id, name, roles and state of every API key."""
    for key in asyncio.run(_read(load_settings(os.environ))):
        print(f"{key.id}\t{key.member.name}\t{', '.join(key.member.roles)}\t{'revoked' if key.revoked_at else 'valid'}")


@api_key.command("revoke")
def revoke_api_key(key_id: Annotated[UUID, typer.Argument(help="The id that the list shows.")]) -> None:
    """Revoke an API key: it is refused at once."""
    asyncio.run(_revoke(load_settings(os.environ), key_id))
    print(f"Revoked {key_id}.")


async def _create(
    settings: Settings, maker: str, name: str, roles: tuple[MemberRole, ...], partner: str | None, expires_at: datetime | None
) -> str:
    async with open_app_context(settings) as app:
        partner_id = None if partner is None else await directory.partner_named(app.database.reading, partner)
        if partner is not None and partner_id is None:
            raise NotFound(f"There is no partner named {partner}. List them with: gql-leads partner list")
        viewer = await viewer_of(app.database.reading, await member_id_of(app, maker))
        if viewer is None:
            raise NotFound(f"{maker} is not active. Activate the member with: gql-leads member activate {maker}")
        made = await api_keys.create_api_key(app, viewer, NewApiKey(name=name, roles=roles, partner_id=partner_id, expires_at=expires_at))
        assert made.secret is not None, "no request was repeated"
        return made.secret


async def _read(settings: Settings) -> list[ApiKey]:
    async with open_app_context(settings) as app:
        return await keys_of(app.database.reading, OPERATOR)


async def _revoke(settings: Settings, key_id: UUID) -> None:
    async with open_app_context(settings) as app:
        await api_keys.revoke_api_key(app, OPERATOR, key_id)
