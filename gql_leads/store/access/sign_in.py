"""Passwords, one-time links, sessions, refresh tokens and sign-in attempts."""

from datetime import datetime
from uuid import UUID

from gql_leads.domain.matching.addresses import email_key
from gql_leads.store.database.connection import Connection
from gql_leads.store.models.organization import Member
from gql_leads.store.models.sign_in import OneTimeLink, Password, PasswordResetRequest, RefreshToken, Session, SignInAttempt
from gql_leads.store.sql.rows import to_millis


async def member_with_address(connection: Connection, email: str) -> Member | None:
    """Return the member with this address if they and their partner are active."""
    return await member_with_key(connection, email_key(email))


async def member_with_key(connection: Connection, key: str) -> Member | None:
    """Return the member with this folded address if they and their partner are active."""
    return await _active(connection, email_key=key)


async def active_member(connection: Connection, member_id: UUID) -> Member | None:
    """Return the member if they and their partner are active."""
    return await _active(connection, id=member_id)


async def password_of(connection: Connection, member_id: UUID) -> str | None:
    """Return the encoded hash of the member's password; None if they never set one."""
    password = await Password.get_or_none(using_db=connection.client, member_id=member_id)
    return None if password is None else password.encoded


async def lock_password_of(connection: Connection, member_id: UUID) -> str | None:
    """Return the encoded hash of the member's password, which nobody replaces until the transaction ends."""
    password = await Password.filter(member_id=member_id).using_db(connection.client).select_for_update().first()
    return None if password is None else password.encoded


async def set_password(connection: Connection, member_id: UUID, encoded: str, now: datetime) -> None:
    """Set or replace the member's password."""
    # Tortoise's `update_or_create` would open a transaction of its own.
    columns = {"encoded": encoded, "set_at": to_millis(now)}
    if not await Password.filter(member_id=member_id).using_db(connection.client).update(**columns):
        await Password.create(using_db=connection.client, member_id=member_id, **columns)


async def add_link(
    connection: Connection, link_id: UUID, member_id: UUID, purpose: str, token_hash: str, now: datetime, end: datetime
) -> None:
    """Add a one-time link of a member."""
    await OneTimeLink.create(
        using_db=connection.client, id=link_id, member_id=member_id, purpose=purpose, token_hash=token_hash, created_at=to_millis(now),
        expires_at=to_millis(end),
    )  # fmt: skip


async def replace_links(connection: Connection, member_id: UUID, purpose: str, now: datetime) -> None:
    """Make the unused links of a member with this purpose void."""
    links = OneTimeLink.filter(member_id=member_id, purpose=purpose, used_at=None, replaced_at=None)
    await links.using_db(connection.client).update(replaced_at=to_millis(now))


async def link_with(connection: Connection, token_hash: str) -> OneTimeLink | None:
    """Return the link whose token has this hash."""
    return await OneTimeLink.get_or_none(using_db=connection.client, token_hash=token_hash)


async def link_by_id(connection: Connection, link_id: UUID) -> OneTimeLink | None:
    """Return the link with this id."""
    return await OneTimeLink.get_or_none(using_db=connection.client, id=link_id)


async def use_link(connection: Connection, link: OneTimeLink, now: datetime) -> bool:
    """Mark the link as used and make the member's others void; return False if it was used or void already."""
    unused = OneTimeLink.filter(id=link.id, used_at=None, replaced_at=None).using_db(connection.client)
    if not await unused.update(used_at=to_millis(now)):
        return False
    others = OneTimeLink.filter(member_id=link.member_id, used_at=None, replaced_at=None)
    await others.using_db(connection.client).update(replaced_at=to_millis(now))
    return True


async def add_session(connection: Connection, session_id: UUID, member_id: UUID, address_key: str, now: datetime) -> None:
    """Add a session of a member."""
    columns = {"id": session_id, "member_id": member_id, "address_key": address_key, "created_at": to_millis(now)}
    await Session.create(using_db=connection.client, **columns)


async def has_signed_in_from(connection: Connection, member_id: UUID, address_key: str, since: datetime) -> bool:
    """Return whether the member signed in from this client address since then."""
    sessions = Session.filter(member_id=member_id, address_key=address_key, created_at__gte=to_millis(since))
    return await sessions.using_db(connection.client).exists()


async def end_session(connection: Connection, session_id: UUID, now: datetime) -> None:
    """End a session: its access and refresh tokens are invalid from now on."""
    await Session.filter(id=session_id, ended_at=None).using_db(connection.client).update(ended_at=to_millis(now))


async def end_sessions_of(connection: Connection, member_id: UUID, now: datetime) -> None:
    """End all sessions of a member."""
    await Session.filter(member_id=member_id, ended_at=None).using_db(connection.client).update(ended_at=to_millis(now))


async def end_sessions_of_partner(connection: Connection, partner_id: UUID, now: datetime) -> None:
    """End all sessions of a partner's members."""
    sql = "UPDATE session SET ended_at = ? WHERE ended_at IS NULL AND member_id IN (SELECT id FROM member WHERE partner_id = ?)"
    await connection.execute(sql, now, partner_id)


async def add_refresh_token(
    connection: Connection, token_id: UUID, session_id: UUID, token_hash: str, now: datetime, end: datetime
) -> None:
    """Add a refresh token to a session."""
    await RefreshToken.create(
        using_db=connection.client, id=token_id, session_id=session_id, token_hash=token_hash, created_at=to_millis(now),
        expires_at=to_millis(end),
    )  # fmt: skip


async def refresh_token_with(connection: Connection, token_hash: str) -> RefreshToken | None:
    """Return the refresh token with this hash, together with its session."""
    return await RefreshToken.filter(token_hash=token_hash).using_db(connection.client).select_related("session").first()


async def refresh_token_by_id(connection: Connection, token_id: UUID) -> RefreshToken | None:
    """Return the refresh token with this id."""
    return await RefreshToken.get_or_none(using_db=connection.client, id=token_id)


async def use_refresh_token(connection: Connection, token_id: UUID, successor_id: UUID, now: datetime) -> bool:
    """Mark the token as used for its successor; return False if it was used already."""
    unused = RefreshToken.filter(id=token_id, used_at=None).using_db(connection.client)
    return bool(await unused.update(used_at=to_millis(now), successor_id=successor_id))


async def lock_attempts(connection: Connection, account_key: str, address_key: str) -> None:
    """Let attempts on an account, and those from a client address, wait for each other until the transaction ends.

    On PostgreSQL, attempts at the same time would not count each other; on SQLite a transaction excludes all others.
    """
    if connection.dialect == "postgres":
        for key in (account_key, address_key):  # always in this order, so that no two wait for each other
            await connection.fetch("SELECT pg_advisory_xact_lock(?)", int(key[:15], 16))


async def add_attempt(connection: Connection, attempt_id: UUID, account_key: str, address_key: str, now: datetime) -> None:
    """Record a sign-in attempt, which counts as failed until it is forgotten."""
    columns = {"id": attempt_id, "account_key": account_key, "address_key": address_key, "attempted_at": to_millis(now)}
    await SignInAttempt.create(using_db=connection.client, **columns)


async def count_attempts(connection: Connection, account_key: str, address_key: str, since: datetime) -> tuple[int, int]:
    """Return the number of failed attempts since then on the account, and from the client address."""
    recent = SignInAttempt.filter(attempted_at__gt=to_millis(since)).using_db(connection.client)
    return await recent.filter(account_key=account_key).count(), await recent.filter(address_key=address_key).count()


async def forget_attempt(connection: Connection, attempt_id: UUID) -> None:
    """Forget one attempt."""
    await SignInAttempt.filter(id=attempt_id).using_db(connection.client).delete()


async def forget_attempts_on(connection: Connection, account_key: str) -> None:
    """Forget the attempts on an account, whose member has just proved who they are."""
    await SignInAttempt.filter(account_key=account_key).using_db(connection.client).delete()


async def add_reset_request(connection: Connection, request_id: UUID, email: str, now: datetime) -> None:
    """Record a request for a password reset, for a known or an unknown address."""
    await PasswordResetRequest.create(using_db=connection.client, id=request_id, email_key=email_key(email), requested_at=to_millis(now))


async def take_reset_requests(connection: Connection, most: int) -> list[PasswordResetRequest]:
    """Delete and return at most so many reset requests, the oldest first; two servers never take the same one."""
    found = await PasswordResetRequest.all(using_db=connection.client).order_by("requested_at", "id").limit(most)
    return [request for request in found if await PasswordResetRequest.filter(id=request.id).using_db(connection.client).delete()]


async def delete_ended(connection: Connection, now: datetime, attempts_before: datetime) -> None:
    """Delete expired refresh tokens and links, sessions without tokens, and attempts before an instant."""
    await RefreshToken.filter(expires_at__lt=to_millis(now)).using_db(connection.client).delete()
    await OneTimeLink.filter(expires_at__lt=to_millis(now)).using_db(connection.client).delete()
    await SignInAttempt.filter(attempted_at__lt=to_millis(attempts_before)).using_db(connection.client).delete()
    await connection.execute("DELETE FROM session WHERE NOT EXISTS (SELECT 1 FROM refresh_token t WHERE t.session_id = session.id)")


async def _active(connection: Connection, **wanted: object) -> Member | None:
    member = await Member.filter(is_active=True, is_service=False, **wanted).using_db(connection.client).select_related("partner").first()
    return None if member is None or (member.partner is not None and not member.partner.is_active) else member
