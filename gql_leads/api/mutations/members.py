"""The mutation that changes a member."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.organization import Member, member_by_id
from gql_leads.api.values.ids import decode_id
from gql_leads.domain.members import UpdateMember
from gql_leads.domain.viewer import MemberRole
from gql_leads.services import members


@strawberry.input(description="Changes to a member. Omitted fields stay.")
class UpdateMemberInput:
    member_id: strawberry.ID = required("The member.", id_of="Member")
    name: str | None = optional("The name, at most 200 characters.")
    roles: list[MemberRole] | None = optional("All roles of the member: of a partner's member or of a vendor's member, not both.")
    is_active: bool | None = optional("False to deactivate the member. Members cannot deactivate themselves.")

    def to_command(self) -> UpdateMember:
        """Return the command for the service."""
        return UpdateMember(
            member_id=decode_id("Member", self.member_id),
            name=to_unset(self.name),
            roles=to_unset(self.roles),
            is_active=to_unset(self.is_active),
        )


@payload
class UpdateMemberPayload(Payload):
    member: Member | None = strawberry.field(description="The member; null if the mutation was refused.")


@strawberry.type
class MemberMutations:
    @mutation("Change a member's name, roles or activation. Open sockets are closed if the member is deactivated or loses a role.")
    async def update_member(self, info: Info, input: Annotated[UpdateMemberInput, INPUT]) -> UpdateMemberPayload | None:
        member_id = await members.update_member(info.context.app, info.context.viewer, input.to_command())
        return UpdateMemberPayload(errors=[], member=await member_by_id(info.context, member_id))
