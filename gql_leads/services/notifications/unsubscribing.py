"""Unsubscribing from mails about leads by the link in each of them, without signing in (RFC 8058)."""

from urllib.parse import urlencode
from uuid import UUID

from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.members import EmailFrequency
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in.secret_tokens import hash_of
from gql_leads.store.organization import notification_settings
from gql_leads.store.outbox import mails

PURPOSE = "unsubscribe"
MEMBER = "m"
ADDRESS = "a"


def address_hash(address: str) -> str:
    """Return the hash under which it is stored that an address wants no mails; it outlives the secret."""
    return hash_of(email_key(address))


def unsubscribe_address(app: AppContext, member_id: UUID | None, address: str | None) -> str:
    """Return the web address that unsubscribes a member, or else an address that is no member's."""
    recipient = f"{MEMBER}{member_id}" if member_id is not None else f"{ADDRESS}{address_hash(address or '')}"
    return f"{app.public_url}/unsubscribe?{urlencode({'recipient': recipient, 'token': _token(app, recipient)})}"


def is_genuine(app: AppContext, recipient: str, token: str) -> bool:
    """Return whether a link was made by this service and not changed."""
    return app.credentials.secret_tokens.is_hash(token, PURPOSE, recipient)


async def unsubscribe(app: AppContext, recipient: str) -> None:
    """Send no more mails about leads to the recipient of a genuine link."""
    async with app.database.transaction() as connection:
        if recipient.startswith(MEMBER):
            columns = {"email_frequency": EmailFrequency.NONE}
            await notification_settings.update_settings(connection, UUID(recipient.removeprefix(MEMBER)), columns)
        else:
            await mails.opt_out(connection, recipient.removeprefix(ADDRESS), app.now())


def _token(app: AppContext, recipient: str) -> str:
    return app.credentials.secret_tokens.keyed_hash(PURPOSE, recipient)
