"""The mutations that create and revoke intake keys."""

from typing import Annotated
from uuid import UUID

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Context, Info
from gql_leads.api.types.intake_keys import IntakeKey, intake_keys_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.scalars import URL
from gql_leads.services.intake import keys


@strawberry.input(description="A new intake key. Without listing and profile its leads go into the general queue.")
class CreateIntakeKeyInput:
    name: str = required("The name, at most 200 characters: where the key is used.")
    listing_id: strawberry.ID | None = optional("The listing that its leads are about.", id_of="Listing")
    profile_id: strawberry.ID | None = optional("The business profile through which its leads come.", id_of="BusinessProfile")
    allowed_origins: list[str] | None = optional(
        "The origins whose pages may send forms, such as `https://www.example.com`: at most 20. Programs send none and need none."
    )
    thank_you_url: URL | None = optional("The page to which a sent form leads.")
    idempotency_key: str | None = optional(f"{IDEMPOTENCY_KEY} The key and its addresses are null then.")

    def to_command(self) -> keys.NewIntakeKey:
        """Return the command for the service."""
        return keys.NewIntakeKey(
            name=self.name,
            listing_id=decode_optional_id("Listing", self.listing_id),
            profile_id=decode_optional_id("BusinessProfile", self.profile_id),
            allowed_origins=tuple(none_if_unset(self.allowed_origins) or ()),
            thank_you_url=none_if_unset(self.thank_you_url),
        )


@strawberry.input(description="The intake key to revoke.")
class RevokeIntakeKeyInput:
    intake_key_id: strawberry.ID = required("The key.", id_of="IntakeKey")


@payload
class CreateIntakeKeyPayload(Payload):
    intake_key: IntakeKey | None = strawberry.field(description="The key; null if the mutation was refused.")
    key: str | None = strawberry.field(description="The secret, shown this once.")
    form_url: URL | None = strawberry.field(description="The address to which a form on a web page is sent.")
    marketplace_url: URL | None = strawberry.field(description="The address to which a marketplace pushes its leads.")


@payload
class RevokeIntakeKeyPayload(Payload):
    intake_key: IntakeKey | None = strawberry.field(description="The revoked key; null if the mutation was refused.")


@strawberry.type
class IntakeKeyMutations:
    @mutation("Create an intake key, with which a web page or a marketplace sends leads.")
    async def create_intake_key(self, info: Info, input: Annotated[CreateIntakeKeyInput, INPUT]) -> CreateIntakeKeyPayload | None:
        app, viewer = info.context.app, info.context.viewer
        made = await keys.create_intake_key(app, viewer, input.to_command(), none_if_unset(input.idempotency_key))
        address = None if made.secret is None else f"{app.public_url}/intake/{made.secret}"
        return CreateIntakeKeyPayload(
            errors=[],
            intake_key=await _key(info.context, made.key_id),
            key=made.secret,
            form_url=None if address is None else URL(address),
            marketplace_url=None if address is None else URL(f"{address}/marketplace"),
        )

    @mutation("Revoke an intake key: what is sent with it is refused at once.")
    async def revoke_intake_key(self, info: Info, input: Annotated[RevokeIntakeKeyInput, INPUT]) -> RevokeIntakeKeyPayload | None:
        key_id = await keys.revoke_intake_key(info.context.app, info.context.viewer, decode_id("IntakeKey", input.intake_key_id))
        return RevokeIntakeKeyPayload(errors=[], intake_key=await _key(info.context, key_id))


async def _key(context: Context, key_id: UUID) -> IntakeKey | None:
    return (await intake_keys_by_id(context, [key_id])).get(key_id)
