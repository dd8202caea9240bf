"""API keys: the secrets with which programs act as members of their own."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import strawberry

from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.node import Node
from gql_leads.api.types.organization import Member, Partner, member_by_id, partner_by_id
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.scalars import DateTime, optional_instant
from gql_leads.domain import permissions
from gql_leads.domain.errors import Forbidden, NotPermitted
from gql_leads.domain.viewer import MemberRole
from gql_leads.store.access import api_keys
from gql_leads.store.models.sign_in import ApiKey as StoredKey


@strawberry.type(
    description="Lets a program act with these roles until the key expires or is revoked. Only a hash of its secret is stored."
)
class ApiKey(Node):
    name: str = strawberry.field(description="The name, which is also that of the member as which it acts.")
    roles: list[MemberRole] = strawberry.field(description="The roles with which it acts.")
    created_at: DateTime = strawberry.field(description="The time when it was made.")
    last_used_at: DateTime | None = strawberry.field(description="The time of its last use, to the minute; null if it was never used.")
    expires_at: DateTime | None = strawberry.field(description="The time when it expires; null if it does not.")
    revoked_at: DateTime | None = strawberry.field(description="The time when it was revoked; null if it was not.")
    partner_id: strawberry.Private[UUID | None]
    maker_id: strawberry.Private[UUID]

    @strawberry.field(description="The partner for which it acts; null for a key of the vendor.")
    async def partner(self, info: Info) -> Partner | None:
        return None if self.partner_id is None else await partner_by_id(info.context, self.partner_id)

    @strawberry.field(description="The member who made it.")
    async def created_by(self, info: Info) -> Member:
        return await member_by_id(info.context, self.maker_id)  # type: ignore[return-value]


TYPE_NAME: Final = "ApiKey"


def api_key(stored: StoredKey) -> ApiKey:
    """Return a stored key as its type."""
    return ApiKey(
        id=strawberry.ID(encode_id(TYPE_NAME, stored.id)),
        name=stored.member.name,
        roles=[MemberRole(role) for role in stored.member.roles],
        created_at=DateTime(stored.created_at),
        last_used_at=optional_instant(stored.last_used_at),
        expires_at=optional_instant(stored.expires_at),
        revoked_at=optional_instant(stored.revoked_at),
        partner_id=stored.member.partner_id,
        maker_id=stored.created_by_id,
    )


async def keys_by_id(context: Context, ids: Collection[UUID]) -> dict[UUID, Any]:
    """Return the keys with these ids that the viewer may list."""
    if not permissions.KEEP_API_KEYS.allows(context.viewer):
        return {}
    return {stored.id: api_key(stored) for stored in await api_keys.keys_of(context.connection, context.viewer, ids)}


async def listed_keys(context: Context) -> list[ApiKey]:
    """Return all keys that the viewer may list; raise Forbidden for members who may not."""
    try:
        permissions.KEEP_API_KEYS.require(context.viewer)
    except NotPermitted as refusal:
        raise Forbidden(refusal.message) from None
    return [api_key(stored) for stored in await api_keys.keys_of(context.connection, context.viewer)]
