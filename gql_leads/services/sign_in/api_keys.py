"""API keys: with one, a program acts as a member of its own until the key expires or is revoked."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import Invalid, InvalidField, NotFound, Unavailable
from gql_leads.domain.members import check_roles
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import MemberRole, Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.sign_in.secret_tokens import hash_of
from gql_leads.store import idempotency
from gql_leads.store.access import api_keys
from gql_leads.store.models.sign_in import ApiKey
from gql_leads.store.organization import directory
from gql_leads.store.sql.rows import from_millis

PREFIX: Final = "glk_"
"""The beginning of every secret, by which scanners of source code recognise one."""
USE_RECORDED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """The input of `createApiKey`, not validated yet.

    Without a partner, the key is for the viewer's partner, or for the vendor.
    """

    name: str
    roles: Sequence[MemberRole]
    partner_id: UUID | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key and its secret; the secret is None for a repeated request, because it is shown once."""

    key_id: UUID
    secret: str | None


async def create_api_key(app: AppContext, viewer: Viewer, wanted: NewApiKey, idempotency_key: str | None = None) -> MadeKey:
    """Create a key, and the member as which it acts."""
    validator = Validator()
    name = validator.required_text(wanted.name, "name", most=200)
    check_roles(validator, wanted.roles, is_vendor=viewer.is_vendor and wanted.partner_id is None)
    if wanted.expires_at is not None and wanted.expires_at <= app.now():
        validator.add_error("Give a time in the future, or leave expiresAt out.", "expiresAt")
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    request = request_hash("createApiKey", wanted)
    async with app.unit_of_work(viewer) as uow:
        partner_id = wanted.partner_id if viewer.is_vendor else viewer.partner_id
        is_hidden = wanted.partner_id not in (None, partner_id)
        if is_hidden or (partner_id is not None and not await directory.is_active_partner(uow.connection, partner_id)):
            raise NotFound(field=("partnerId",))
        permissions.KEEP_API_KEYS.require(viewer)
        if (made := await idempotency.reserve(uow, idempotency_key, request)) is not None:
            return MadeKey(made, None)
        key_id, member_id = uuid7(), uuid7()
        await directory.add_member(
            uow.connection, member_id, partner_id, name, f"{key_id}@service.invalid", frozenset(wanted.roles), uow.now
        )  # fmt: skip
        secret = PREFIX + secrets.token_urlsafe(32)
        await api_keys.add_key(uow.connection, key_id, member_id, viewer.member_id, hash_of(secret), uow.now, wanted.expires_at)
        await idempotency.store_result(uow, idempotency_key, key_id)
    return MadeKey(key_id, secret)


async def revoke_api_key(app: AppContext, viewer: Viewer, key_id: UUID) -> UUID:
    """Revoke a key: its requests are refused at once, and its sockets are closed. A revoked key stays revoked."""
    async with app.unit_of_work(viewer) as uow:
        found = await api_keys.keys_of(uow.connection, viewer, [key_id])
        if not found:
            raise NotFound(field=("apiKeyId",))
        permissions.KEEP_API_KEYS.require(viewer)
        if found[0].member_id == viewer.member_id:
            raise Invalid([InvalidField(("apiKeyId",), "Have somebody else revoke this key: it is the one of this request.")])
        await api_keys.revoke_key(uow.connection, found[0], uow.now)
    return key_id


async def key_of_secret(app: AppContext, secret: str) -> ApiKey | None:
    """Return the valid key with this secret, and record its use about once a minute."""
    key = await api_keys.valid_key(app.database.reading, hash_of(secret), app.now())
    if key is not None and (key.last_used_at is None or app.now() - from_millis(key.last_used_at) >= USE_RECORDED_EVERY):
        with suppress(Unavailable):  # A database that cannot be written still answers queries.
            async with app.database.transaction() as connection:
                await api_keys.record_use(connection, key.id, app.now())
    return key
