"""Sessions: signing in and out, refreshing, and setting a password with a one-time link."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Invalid, InvalidField, SignInRefused
from gql_leads.domain.matching.addresses import email_key
from gql_leads.domain.values.validation import MOST_EMAIL, Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import links
from gql_leads.services.sign_in.passwords import check_new_password
from gql_leads.services.sign_in.secret_tokens import hash_of
from gql_leads.store.access import sign_in as store
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.sign_in import RefreshToken
from gql_leads.store.sql.rows import from_millis

REPEATED_WITHIN: Final = timedelta(seconds=10)
"""A refresh token that is used again within this time was sent by another tab, and gets the same pair."""
ATTEMPTS_WITHIN: Final = timedelta(minutes=15)
USUAL_FOR: Final = timedelta(days=30)
"""An address from which a member signed in within this time is not limited by failures on the account from elsewhere."""
REFRESH_TOKEN: Final = "refresh token"
EXPIRED: Final = "Your session has ended. Sign in again."
TOO_MANY: Final = "Too many attempts. Wait 15 minutes, or ask for a new password by mail."


@dataclass(frozen=True, slots=True)
class Session:
    """The tokens of a session, and its member."""

    member_id: UUID
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    refresh_token_expires_at: datetime


async def sign_in(app: AppContext, email: str, password: str, client: str) -> Session:
    """Open a session for a member's address and password; raise SignInRefused for a wrong one.

    `client` is the client's address: failures are limited for each account and for each client.
    """
    tokens, now = app.credentials.secret_tokens, app.now()
    account_key = tokens.keyed_hash("account", email_key(email[:MOST_EMAIL]))
    address_key = tokens.keyed_hash("client", client)
    attempt_id, reading = uuid7(), app.database.reading
    member = await store.member_with_address(reading, email) if _is_possible(email) else None
    member_id = None if member is None else member.id
    # Before a transaction is opened, so that refused attempts cost a read alone.
    await _refuse_too_many(app, reading, member_id, account_key, address_key, further=1)
    async with app.database.transaction() as connection:
        encoded = None if member_id is None else await store.password_of(connection, member_id)
        await store.lock_attempts(connection, account_key, address_key)
        await store.add_attempt(connection, attempt_id, account_key, address_key, now)
        # A refused attempt does not count, or somebody who goes on trying would keep the member out for good.
        await _refuse_too_many(app, connection, member_id, account_key, address_key, further=0)
    if not await app.credentials.passwords.verify(encoded, password):
        raise SignInRefused()
    assert member_id is not None, "only a member has a password"
    async with app.database.transaction() as connection:
        # Hashing takes time, in which the password may have been replaced because somebody else knew it.
        if await store.lock_password_of(connection, member_id) != encoded or await store.active_member(connection, member_id) is None:
            raise SignInRefused()
        await store.forget_attempt(connection, attempt_id)
        await store.forget_attempts_on(connection, account_key)
        return await _open(app, connection, member_id, address_key)


async def refresh_session(app: AppContext, refresh_token: str) -> Session:
    """Exchange a refresh token for a new pair; raise SignInRefused for one that is not valid.

    A token that was used before ends its session, because somebody else may have it.
    """
    now = app.now()
    if await store.refresh_token_with(app.database.reading, hash_of(refresh_token)) is None:
        raise SignInRefused(EXPIRED)  # without a transaction, which on SQLite would keep out all others
    async with app.database.transaction() as connection:
        token = await store.refresh_token_with(connection, hash_of(refresh_token))
        if token is None or token.session.ended_at is not None or from_millis(token.expires_at) <= now:
            raise SignInRefused(EXPIRED)
        if await store.active_member(connection, token.session.member_id) is None:
            raise SignInRefused(EXPIRED)
        successor_id = uuid7()
        if await store.use_refresh_token(connection, token.id, successor_id, now):
            return await _issue(app, connection, token.session.member_id, token.session_id, successor_id)
        used = await store.refresh_token_by_id(connection, token.id)
        assert used is not None
        assert used.used_at is not None
        if now - from_millis(used.used_at) <= REPEATED_WITHIN and used.successor_id is not None:
            successor = await store.refresh_token_by_id(connection, used.successor_id)
            if successor is not None:
                return _pair(app, token.session.member_id, successor)
        await store.end_session(connection, token.session_id, now)
    raise SignInRefused(EXPIRED)


async def sign_out(app: AppContext, viewer: Viewer, session_id: UUID | None, *, everywhere: bool) -> None:
    """End the session of the request, or every session of the member."""
    if session_id is None and not everywhere:
        message = "This token was not made by signing in, so it has no session to end. Give everywhere: true to end your sessions."
        raise Invalid([InvalidField(("everywhere",), message)])
    async with app.database.transaction() as connection:
        if everywhere:
            await store.end_sessions_of(connection, viewer.member_id, app.now())
        elif session_id is not None:
            await store.end_session(connection, session_id, app.now())


async def end_session_of(app: AppContext, refresh_token: str) -> None:
    """End the session of a refresh token, if it is one."""
    token = await store.refresh_token_with(app.database.reading, hash_of(refresh_token))
    if token is not None:
        async with app.database.transaction() as connection:
            await store.end_session(connection, token.session_id, app.now())


async def request_password_reset(app: AppContext, email: str, client: str) -> None:
    """Have a reset mail sent to the member with this address; the same is done for an unknown address."""
    tokens, now = app.credentials.secret_tokens, app.now()
    account_key, address_key = tokens.keyed_hash("reset", email_key(email[:MOST_EMAIL])), tokens.keyed_hash("reset client", client)
    async with app.database.transaction() as connection:
        await store.lock_attempts(connection, account_key, address_key)
        on_account, from_client = await store.count_attempts(connection, account_key, address_key, now - ATTEMPTS_WITHIN)
        if max(on_account, from_client) >= app.credentials.rules.attempts or not _is_possible(email):
            return
        await store.add_attempt(connection, uuid7(), account_key, address_key, now)
        await store.add_reset_request(connection, uuid7(), email, now)


async def set_password(app: AppContext, token: str, password: str, client: str) -> Session:
    """Set the password of the link's member, end their sessions, and open a new one."""
    validator = Validator()
    check_new_password(validator, password, "password")
    link = await store.link_with(app.database.reading, hash_of(token))
    if (reason := links.why_unusable(app, link)) is not None:
        validator.add_error(reason, "token")
    validator.raise_if_invalid()
    assert link is not None
    encoded = await app.credentials.passwords.hash(password)
    async with app.database.transaction() as connection:
        member = await store.active_member(connection, link.member_id)
        if member is None or not await store.use_link(connection, link, app.now()):
            link = await store.link_by_id(connection, link.id)
            reason = links.why_unusable(app, link) or links.LinkFault.INACTIVE
            raise Invalid([InvalidField(("token",), reason)])
        await store.set_password(connection, member.id, encoded, app.now())
        await store.end_sessions_of(connection, member.id, app.now())
        tokens = app.credentials.secret_tokens
        await store.forget_attempts_on(connection, tokens.keyed_hash("account", member.email_key))
        return await _open(app, connection, member.id, tokens.keyed_hash("client", client))


async def delete_ended(app: AppContext) -> None:
    """Delete expired tokens, links and attempts."""
    async with app.database.transaction() as connection:
        await store.delete_ended(connection, app.now(), app.now() - ATTEMPTS_WITHIN)


def _is_possible(email: str) -> bool:
    """Return whether a member can have this address; databases refuse some characters and longer keys."""
    return len(email) <= MOST_EMAIL and email.isprintable() and len(email_key(email)) <= MOST_EMAIL


async def _refuse_too_many(
    app: AppContext, connection: Connection, member_id: UUID | None, account_key: str, address_key: str, *, further: int
) -> None:
    """Raise SignInRefused if the recorded attempts and so many further ones are more than the limits allow."""
    now, most = app.now(), app.credentials.rules.attempts - further
    on_account, from_client = await store.count_attempts(connection, account_key, address_key, now - ATTEMPTS_WITHIN)
    is_usual = member_id is not None and await store.has_signed_in_from(connection, member_id, address_key, now - USUAL_FOR)
    if from_client > most or (on_account > most and not is_usual):
        raise SignInRefused(TOO_MANY)


async def _open(app: AppContext, connection: Connection, member_id: UUID, address_key: str) -> Session:
    session_id = uuid7()
    await store.add_session(connection, session_id, member_id, address_key, app.now())
    return await _issue(app, connection, member_id, session_id, uuid7())


async def _issue(app: AppContext, connection: Connection, member_id: UUID, session_id: UUID, token_id: UUID) -> Session:
    """Add a refresh token to the session and return it with an access token."""
    token_hash = hash_of(app.credentials.secret_tokens.derive(REFRESH_TOKEN, token_id))
    end = app.now() + app.credentials.rules.refresh_token_lifetime
    await store.add_refresh_token(connection, token_id, session_id, token_hash, app.now(), end)
    token = await store.refresh_token_by_id(connection, token_id)
    assert token is not None
    return _pair(app, member_id, token)


def _pair(app: AppContext, member_id: UUID, token: RefreshToken) -> Session:
    """Return the pair of a refresh token: the same each time."""
    credentials, issued_at = app.credentials, from_millis(token.created_at)
    access_token = credentials.tokens.mint(
        member_id, issued_at, credentials.rules.access_token_lifetime, session_id=token.session_id, token_id=str(token.id)
    )
    return Session(
        member_id=member_id,
        access_token=access_token,
        access_token_expires_at=(issued_at + credentials.rules.access_token_lifetime).replace(microsecond=0),
        refresh_token=credentials.secret_tokens.derive_again(REFRESH_TOKEN, token.id, token.token_hash),
        refresh_token_expires_at=from_millis(token.expires_at),
    )
