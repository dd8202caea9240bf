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


@strawberry.input(description="A member, and what is to change. What is left out stays.")
class UpdateMemberInput:
    member_id: strawberry.ID = required("The member.")
    name: str | None = optional("What people call them, at most 200 characters.")
    roles: list[MemberRole] | None = optional("All that they may do: roles of a partner, or of the vendor.")
    is_active: bool | None = optional("Whether they may come in. Nobody deactivates themselves.")

    def to_command(self) -> UpdateMember:
        """The member as they came."""
        return UpdateMember(
            member_id=decode_id("Member", self.member_id),
            name=to_unset(self.name),
            roles=to_unset(self.roles),
            is_active=to_unset(self.is_active),
        )


@payload
class UpdateMemberPayload(Payload):
    member: Member | None = strawberry.field(description="The member; null where it was refused.")


@strawberry.type
class MemberMutations:
    @mutation("Roles, name, and whether the member may come in; sockets of one who may not, or lost a role, are closed.")
    async def update_member(self, info: Info, input: Annotated[UpdateMemberInput, INPUT]) -> UpdateMemberPayload | None:
        member_id = await members.update_member(info.context.app, info.context.viewer, input.to_command())
        return UpdateMemberPayload(errors=[], member=await member_by_id(info.context, member_id))
