"""Intake keys: with one, a web page or a marketplace sends leads for a listing, a profile or the general queue."""

import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from uuid_utils.compat import uuid7

from gql_leads.domain import permissions
from gql_leads.domain.errors import Invalid, InvalidField, NotFound, StorageFull, Unavailable, not_yours
from gql_leads.domain.values.validation import Validator
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.services.idempotency import check_key, request_hash
from gql_leads.services.sign_in.secret_tokens import hash_of
from gql_leads.store import idempotency
from gql_leads.store.intake import intake_keys
from gql_leads.store.models.intake import IntakeKey
from gql_leads.store.organization import directory
from gql_leads.store.organization import lists as organization
from gql_leads.store.organization.lists import LISTINGS
from gql_leads.store.sql.rows import as_uuid, from_millis, to_millis
from gql_leads.store.unit_of_work import UnitOfWork

PREFIX: Final = "gli_"
"""The beginning of every key."""
MOST_ORIGINS: Final = 20
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
USE_RECORDED_EVERY: Final = timedelta(minutes=1)
_ORIGIN: Final = re.compile(r"https?://[^/?#@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntakeKey:
    """The input of `createIntakeKey`, not validated yet."""

    name: str
    listing_id: UUID | None = None
    profile_id: UUID | None = None
    allowed_origins: Sequence[str] = ()
    thank_you_url: str | None = None


@dataclass(frozen=True, slots=True)
class MadeIntakeKey:
    """A key and its secret; the secret is None for a repeated request, because it is shown once."""

    key_id: UUID
    secret: str | None


async def create_intake_key(app: AppContext, viewer: Viewer, wanted: NewIntakeKey, idempotency_key: str | None = None) -> MadeIntakeKey:
    """Create a key; its leads go to the partner of the listing or profile, without either into the general queue."""
    validator = Validator()
    name = validator.required_text(wanted.name, "name", most=200)
    if wanted.listing_id is not None and wanted.profile_id is not None:
        validator.add_error("Give the listingId or the profileId, not both.", "profileId")
    origins = _check_origins(validator, wanted.allowed_origins)
    thank_you_url = validator.url(wanted.thank_you_url, "thankYouUrl")
    check_key(validator, idempotency_key)
    validator.raise_if_invalid()
    async with app.unit_of_work(viewer) as uow:
        partner_id = await _partner_of(uow, wanted)
        permissions.KEEP_INTAKE_KEYS.require(viewer)
        if partner_id is None and not viewer.is_vendor:
            sentence = "Give the listingId or the profileId: only an administrator makes keys of the general queue."
            raise Invalid([InvalidField(("listingId",), sentence)])
        if (made := await idempotency.reserve(uow, idempotency_key, request_hash("createIntakeKey", wanted))) is not None:
            return MadeIntakeKey(made, None)
        secret = PREFIX + secrets.token_urlsafe(24)
        key = IntakeKey(
            id=uuid7(), name=name, partner_id=partner_id, listing_id=wanted.listing_id, profile_id=wanted.profile_id,
            allowed_origins=origins, thank_you_url=thank_you_url, secret_hash=hash_of(secret),
            created_by_id=viewer.member_id, created_at=to_millis(uow.now),
        )  # fmt: skip
        await intake_keys.add_key(uow.connection, key)
        await idempotency.store_result(uow, idempotency_key, key.id)
    return MadeIntakeKey(key.id, secret)


async def revoke_intake_key(app: AppContext, viewer: Viewer, key_id: UUID) -> UUID:
    """Revoke a key: what is sent with it is refused at once."""
    async with app.unit_of_work(viewer) as uow:
        if not await intake_keys.keys_of(uow.connection, viewer, [key_id]):
            raise NotFound(field=("intakeKeyId",))
        permissions.KEEP_INTAKE_KEYS.require(viewer)
        await intake_keys.revoke_key(uow.connection, key_id, uow.now)
    return key_id


async def key_of_secret(app: AppContext, secret: str) -> IntakeKey | None:
    """Return the key with this secret, also a revoked one; record the use of a valid one about once a minute."""
    key = await intake_keys.key_with(app.database.reading, hash_of(secret)) if secret.startswith(PREFIX) else None
    if key is None or key.revoked_at is not None:
        return key
    if key.last_used_at is None or app.now() - from_millis(key.last_used_at) >= USE_RECORDED_EVERY:
        with suppress(Unavailable, StorageFull):
            async with app.database.transaction() as connection:
                await intake_keys.record_use(connection, key.id, app.now())
    return key


async def _partner_of(uow: UnitOfWork, wanted: NewIntakeKey) -> UUID | None:
    """Return the partner of the listing or profile; raise NotFound for those that the viewer may not use."""
    viewer = uow.actor
    if wanted.listing_id is not None:
        row = (await organization.by_id(uow.connection, viewer, LISTINGS, [wanted.listing_id])).get(wanted.listing_id)
        if row is None:
            raise NotFound(field=("listingId",))
        return _own(viewer, as_uuid(row["partner_id"]), "listing", "listingId")
    if wanted.profile_id is not None:
        profile = await directory.profile(uow.connection, wanted.profile_id)
        if profile is None:
            raise NotFound(field=("profileId",))
        return _own(viewer, profile.partner_id, "business profile", "profileId")
    return None


def _own(viewer: Viewer, partner_id: UUID, what: str, field: str) -> UUID:
    if not viewer.is_vendor and viewer.partner_id != partner_id:
        raise not_yours(what, field)
    return partner_id


def _check_origins(validator: Validator, origins: Sequence[str]) -> list[str]:
    validator.count(origins, "allowedOrigins", most=MOST_ORIGINS)
    for at, origin in enumerate(origins):
        if _origin(origin) is None:
            validator.add_error("Give an origin: the scheme and host of a page, as in https://www.example.com.", "allowedOrigins", str(at))
    return list(dict.fromkeys(filter(None, map(_origin, origins))))


def _origin(given: str) -> str | None:
    """Return the origin as browsers send it, in lower case and without the default port; None for another text."""
    text = given.strip().removesuffix("/").lower()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # a port that is not a number, or an incomplete IPv6 address
        return None
    if _ORIGIN.fullmatch(text) is None or not parts.hostname or port == 0:
        return None
    return text if port is None or port != DEFAULT_PORTS[parts.scheme] else text.removesuffix(f":{port}")
