"""Intake keys: the secrets with which web pages and marketplaces send leads."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.node import Node
from gql_leads.api.types.organization import BusinessProfile, Listing, listing, profile, row_by_id
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import URL, DateTime, optional_instant
from gql_leads.domain import permissions
from gql_leads.domain.errors import Forbidden, NotPermitted
from gql_leads.store.intake import intake_keys
from gql_leads.store.models.intake import IntakeKey as StoredKey
from gql_leads.store.organization import lists as organization


@strawberry.type(
    description=(
        "Lets a web page or a marketplace send leads, for a listing, a profile or the general queue. Only a hash of the key is stored."
    )
)
class IntakeKey(Node):
    name: str = strawberry.field(description="The name: where the key is used.")
    allowed_origins: list[str] = strawberry.field(description="The origins whose pages may send forms, such as `https://www.example.com`.")
    thank_you_url: URL | None = strawberry.field(description="The page to which a sent form leads; null for an answer in JSON.")
    created_at: DateTime = strawberry.field(description="The time when it was made.")
    last_used_at: DateTime | None = strawberry.field(description="The time of its last use, to the minute; null if it was never used.")
    revoked_at: DateTime | None = strawberry.field(description="The time when it was revoked; null if it was not.")
    listing_id: strawberry.Private[UUID | None]
    profile_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The listing that its leads are about; null for a profile or the general queue.")
    async def listing(self, info: Info) -> Listing | None:
        row = None if self.listing_id is None else await row_by_id(info.context, organization.LISTINGS, self.listing_id)
        return None if row is None else listing(row)

    @strawberry.field(description="The business profile through which its leads come; null for a listing or the general queue.")
    async def profile(self, info: Info) -> BusinessProfile | None:
        row = None if self.profile_id is None else await row_by_id(info.context, organization.PROFILES, self.profile_id)
        return None if row is None else profile(row)


TYPE_NAME: Final = "IntakeKey"


def intake_key(stored: StoredKey) -> IntakeKey:
    """Return a stored key as its type."""
    return IntakeKey(
        id=strawberry.ID(encode_id(TYPE_NAME, stored.id)),
        name=stored.name,
        allowed_origins=stored.allowed_origins,
        thank_you_url=None if stored.thank_you_url is None else URL(stored.thank_you_url),
        created_at=DateTime(stored.created_at),
        last_used_at=optional_instant(stored.last_used_at),
        revoked_at=optional_instant(stored.revoked_at),
        listing_id=stored.listing_id,
        profile_id=stored.profile_id,
    )


async def intake_keys_by_id(context: Context, ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return the keys with these ids that the viewer may list."""
    if not permissions.KEEP_INTAKE_KEYS.allows(context.viewer):
        return {}
    return {stored.id: intake_key(stored) for stored in await intake_keys.keys_of(context.connection, context.viewer, ids)}


async def listed_intake_keys(context: Context) -> list[IntakeKey]:
    """Return all keys that the viewer may list; raise Forbidden for members who may not."""
    try:
        permissions.KEEP_INTAKE_KEYS.require(context.viewer)
    except NotPermitted as refusal:
        raise Forbidden(refusal.message) from None
    return [intake_key(stored) for stored in await intake_keys.keys_of(context.connection, context.viewer)]
