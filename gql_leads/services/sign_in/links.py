"""One-time links with which members set their password: invitations and password resets."""

from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import quote
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in.secret_tokens import hash_of
from gql_leads.store.access import sign_in
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.sign_in import OneTimeLink
from gql_leads.store.outbox import mails

REQUESTS_AT_ONCE: Final = 50


class LinkFault(StrEnum):
    """The reason why a link cannot be used, as a sentence that says what to do."""

    UNKNOWN = "This link is not valid. Copy it whole from the mail, or ask for a new one."
    USED = "This link was used already. Sign in with your password, or ask for a new link."
    REPLACED = "A newer link has replaced this one. Use the link of the last mail."
    EXPIRED = "This link has expired. Ask for a new one."
    INACTIVE = "You cannot sign in at the moment: your access was deactivated."


class LinkPurpose(StrEnum):
    INVITATION = "INVITATION"
    PASSWORD = "PASSWORD"


PATHS: Final = {LinkPurpose.INVITATION: "/invitation", LinkPurpose.PASSWORD: "/password"}


async def create_link(app: AppContext, connection: Connection, member_id: UUID, purpose: LinkPurpose) -> UUID:
    """Create a link and return its id; an invitation makes earlier ones void.

    Links of resets stay valid beside each other, or anybody who knows the address could make every link void before it is used.
    """
    link_id, tokens = uuid7(), app.credentials.secret_tokens
    if purpose is LinkPurpose.INVITATION:
        await sign_in.replace_links(connection, member_id, purpose, app.now())
    token_hash = hash_of(tokens.derive(purpose, link_id))
    await sign_in.add_link(connection, link_id, member_id, purpose, token_hash, app.now(), app.now() + _lifetime(app, purpose))
    return link_id


async def mail_link(app: AppContext, connection: Connection, member_id: UUID, purpose: LinkPurpose) -> UUID:
    """Create a link, write the mail that brings it to the member, and return the link's id."""
    link_id = await create_link(app, connection, member_id, purpose)
    await mails.add_mail_to_member(connection, purpose, member_id, app.now(), link_id=link_id)
    return link_id


async def address_of(app: AppContext, connection: Connection, link_id: UUID) -> str:
    """Return the web address of a link; the same each time."""
    link = await sign_in.link_by_id(connection, link_id)
    assert link is not None, "links are kept until they expire"
    purpose = LinkPurpose(link.purpose)
    token = app.credentials.secret_tokens.derive_again(purpose, link.id, link.token_hash)
    return f"{app.public_url}{PATHS[purpose]}?token={quote(token)}"


async def usable_link(app: AppContext, connection: Connection, token: str) -> OneTimeLink | None:
    """Return the link of a token if a member can set their password with it now."""
    link = await sign_in.link_with(connection, hash_of(token))
    return link if link is not None and why_unusable(app, link) is None else None


def why_unusable(app: AppContext, link: OneTimeLink | None) -> LinkFault | None:
    """Return why the link cannot be used; None if it can."""
    if link is None:
        return LinkFault.UNKNOWN
    if link.used_at is not None:
        return LinkFault.USED
    if link.replaced_at is not None:
        return LinkFault.REPLACED
    if app.now().timestamp() * 1000 >= link.expires_at:
        return LinkFault.EXPIRED
    return None


async def answer_reset_requests(app: AppContext) -> bool:
    """Write the mails of a batch of requested password resets; return whether there were any requests.

    It runs after the request was answered, so that the answer takes equally long for known and unknown addresses.
    """
    async with app.database.transaction() as connection:
        requests = await sign_in.take_reset_requests(connection, REQUESTS_AT_ONCE)
        for request in requests:
            member = await sign_in.member_with_key(connection, request.email_key)
            if member is not None:
                await mail_link(app, connection, member.id, LinkPurpose.PASSWORD)
    return bool(requests)


def _lifetime(app: AppContext, purpose: LinkPurpose) -> timedelta:
    rules = app.credentials.rules
    return rules.invitation_lifetime if purpose is LinkPurpose.INVITATION else rules.reset_lifetime
