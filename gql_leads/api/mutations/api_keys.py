"""The mutations that create and revoke API keys."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.api_keys import ApiKey, keys_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.scalars import DateTime
from gql_leads.domain.viewer import MemberRole
from gql_leads.services.sign_in import api_keys
from gql_leads.store.sql.rows import from_millis


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = required("The name, at most 200 characters: the program that uses the key.")
    roles: list[MemberRole] = required("The roles with which it acts: of a partner's member or of a vendor's member, not both.")
    partner_id: strawberry.ID | None = optional(
        "The partner for which it acts; if omitted, the viewer's own, and for administrators the vendor.", id_of="Partner"
    )
    expires_at: DateTime | None = optional("The time when it expires; if omitted, it is valid until it is revoked.")
    idempotency_key: str | None = optional(f"{IDEMPOTENCY_KEY} The secret is null then.")

    def to_command(self) -> api_keys.NewApiKey:
        """Return the command for the service."""
        millis = none_if_unset(self.expires_at)
        expires_at: datetime | None = None if millis is None else from_millis(millis)
        return api_keys.NewApiKey(
            name=self.name, roles=tuple(self.roles), partner_id=decode_optional_id("Partner", self.partner_id), expires_at=expires_at
        )


@strawberry.input(description="The API key to revoke.")
class RevokeApiKeyInput:
    api_key_id: strawberry.ID = required("The key.", id_of="ApiKey")


@payload
class CreateApiKeyPayload(Payload):
    api_key: ApiKey | None = strawberry.field(description="The key; null if the mutation was refused.")
    secret: str | None = strawberry.field(description="The secret, shown this once. Send it as `Authorization: Bearer …`.")


@payload
class RevokeApiKeyPayload(Payload):
    api_key: ApiKey | None = strawberry.field(description="The revoked key; null if the mutation was refused.")


@strawberry.type
class ApiKeyMutations:
    @mutation("Create an API key, with which a program acts as a member of its own. No key can make keys or members.")
    async def create_api_key(self, info: Info, input: Annotated[CreateApiKeyInput, INPUT]) -> CreateApiKeyPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        made = await api_keys.create_api_key(app, viewer, input.to_command(), key)
        return CreateApiKeyPayload(errors=[], api_key=await _key(info.context, made.key_id), secret=made.secret)

    @mutation("Revoke an API key: its requests are refused at once, and its open sockets are closed.")
    async def revoke_api_key(self, info: Info, input: Annotated[RevokeApiKeyInput, INPUT]) -> RevokeApiKeyPayload | None:
        context = info.context
        key_id = await api_keys.revoke_api_key(context.app, context.viewer, decode_id("ApiKey", input.api_key_id))
        return RevokeApiKeyPayload(errors=[], api_key=await _key(context, key_id))


async def _key(context: Context, key_id: UUID) -> ApiKey | None:
    return (await keys_by_id(context, [key_id])).get(key_id)
