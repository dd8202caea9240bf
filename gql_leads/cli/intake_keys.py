"""`gql-leads intake-key`: secrets with which web pages and marketplaces send leads."""

import asyncio
import os
from html import escape
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

import typer

from gql_leads.cli.app_context import member_id_of, open_app_context
from gql_leads.domain.errors import NotFound
from gql_leads.domain.viewer import OPERATOR
from gql_leads.services.intake import keys
from gql_leads.services.intake.keys import NewIntakeKey
from gql_leads.settings import Settings, load_settings
from gql_leads.store.access.viewers import viewer_of
from gql_leads.store.intake.intake_keys import keys_of
from gql_leads.store.models.intake import IntakeKey

intake_key = typer.Typer(help="Manage intake keys, with which web pages and marketplaces send leads.", no_args_is_help=True)

SNIPPET: Final = """\
<form action="{address}" method="post" accept-charset="utf-8">
  <p><label>First name <input name="first_name" autocomplete="given-name" maxlength="100"></label></p>
  <p><label>Last name <input name="last_name" autocomplete="family-name" maxlength="100" required></label></p>
  <p><label>E-mail <input type="email" name="email" autocomplete="email" maxlength="254" required></label></p>
  <p><label>Company <input name="company" autocomplete="organization" maxlength="200"></label></p>
  <p><label>Phone <input type="tel" name="phone" autocomplete="tel" maxlength="50"></label></p>
  <p><label>Country code <input name="country" autocomplete="country" maxlength="2" pattern="[A-Z][A-Z]" placeholder="FR"></label></p>
  <p><label>Message <textarea name="message" maxlength="10000"></textarea></label></p>
  <p><label><input type="checkbox" name="contact_me" value="true"> Please contact me</label></p>
  <p><label><input type="checkbox" name="consent" value="true"> You may write to me about this offer</label></p>
  <p hidden><label>Leave this empty <input name="website" tabindex="-1" autocomplete="off"></label></p>
  <p><button type="submit">Send</button></p>
</form>"""


@intake_key.command("create")
def create_intake_key(
    name: Annotated[str, typer.Option(help="Where the key is used.")],
    maker: Annotated[str, typer.Option("--as", metavar="EMAIL", help="The member who makes it: an administrator or a referral admin.")],
    listing: Annotated[UUID | None, typer.Option(help="The id of the listing that its leads are about.")] = None,
    profile: Annotated[UUID | None, typer.Option(help="The id of the business profile through which its leads come.")] = None,
    origin: Annotated[list[str] | None, typer.Option(help="An origin whose pages may use it; repeat it for several.")] = None,
    thank_you: Annotated[str | None, typer.Option(help="The page to which a sent form leads.")] = None,
) -> None:
    """Make an intake key and print it, which cannot be repeated.

    Without listing and profile, its leads go into the general queue.
    """
    wanted = NewIntakeKey(name=name, listing_id=listing, profile_id=profile, allowed_origins=tuple(origin or ()), thank_you_url=thank_you)
    print(asyncio.run(_create(load_settings(os.environ), maker, wanted)))


@intake_key.command("list")
def list_intake_keys() -> None:
    """Print id, name, origins and state of every intake key."""
    for key in asyncio.run(_read(load_settings(os.environ))):
        print(f"{key.id}\t{key.name}\t{', '.join(key.allowed_origins)}\t{'revoked' if key.revoked_at else 'valid'}")


@intake_key.command("revoke")
def revoke_intake_key(key_id: Annotated[UUID, typer.Argument(help="The id that the list shows.")]) -> None:
    """Revoke an intake key: what is sent with it is refused at once."""
    asyncio.run(_revoke(load_settings(os.environ), key_id))
    print(f"Revoked {key_id}.")


@intake_key.command("snippet")
def print_snippet(key: Annotated[str, typer.Argument(help="The key that `create` printed.")]) -> None:
    """Print an HTML form to paste into a web page of an allowed origin."""
    print(SNIPPET.format(address=escape(asyncio.run(_address(load_settings(os.environ), key)))))


async def _create(settings: Settings, maker: str, wanted: NewIntakeKey) -> str:
    async with open_app_context(settings) as app:
        viewer = await viewer_of(app.database.reading, await member_id_of(app, maker))
        if viewer is None:
            raise NotFound(f"{maker} is not active. Activate the member with: gql-leads member activate {maker}")
        made = await keys.create_intake_key(app, viewer, wanted)
        assert made.secret is not None, "no request was repeated"
        return made.secret


async def _read(settings: Settings) -> list[IntakeKey]:
    async with open_app_context(settings) as app:
        return await keys_of(app.database.reading, OPERATOR)


async def _revoke(settings: Settings, key_id: UUID) -> None:
    async with open_app_context(settings) as app:
        await keys.revoke_intake_key(app, OPERATOR, key_id)


async def _address(settings: Settings, secret: str) -> str:
    async with open_app_context(settings) as app:
        key = await keys.key_of_secret(app, secret)
        if key is None or key.revoked_at is not None:
            raise NotFound("This is no valid intake key. Make one with: gql-leads intake-key create")
        return f"{app.public_url}/intake/{quote(secret, safe='')}"
