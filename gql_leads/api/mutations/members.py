"""The mutations that invite and change members."""

from typing import Annotated

import strawberry

from gql_leads.api.mutations.input_fields import IDEMPOTENCY_KEY, none_if_unset, optional, required, to_unset
from gql_leads.api.mutations.payload import INPUT, Payload, mutation, payload
from gql_leads.api.resolving.context import Info
from gql_leads.api.types.organization import Member, member_by_id
from gql_leads.api.values.ids import decode_id, decode_optional_id
from gql_leads.api.values.scalars import EmailAddress
from gql_leads.domain.members import InviteMember, Language, UpdateMember
from gql_leads.domain.viewer import MemberRole
from gql_leads.services import members
from gql_leads.services.sign_in import invitations


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


@strawberry.input(description="A new member. Members who never set a password can be invited again; the earlier link is void then.")
class InviteMemberInput:
    name: str = required("The name, at most 200 characters.")
    email: EmailAddress = required("The address for signing in, to which the invitation is sent. No other member may have it.")
    roles: list[MemberRole] = required("The roles: of a partner's member or of a vendor's member, not both.")
    partner_id: strawberry.ID | None = optional(
        "The partner; if omitted, the viewer's own, and for administrators the vendor.", id_of="Partner"
    )
    language: Language | None = optional("The language of mails to the member. English if omitted.")
    idempotency_key: str | None = optional(IDEMPOTENCY_KEY)

    def to_command(self) -> InviteMember:
        """Return the command for the service."""
        return InviteMember(
            name=self.name,
            email=self.email,
            roles=tuple(self.roles),
            partner_id=decode_optional_id("Partner", self.partner_id),
            language=none_if_unset(self.language) or Language.EN,
        )


@payload
class InviteMemberPayload(Payload):
    member: Member | None = strawberry.field(description="The member; null if the mutation was refused.")


@strawberry.type
class MemberMutations:
    @mutation("Invite a person to be a member: a mail brings them a link that works once, for 72 hours, to set their password.")
    async def invite_member(self, info: Info, input: Annotated[InviteMemberInput, INPUT]) -> InviteMemberPayload | None:
        app, viewer, key = info.context.app, info.context.viewer, none_if_unset(input.idempotency_key)
        member_id = await invitations.invite_member(app, viewer, input.to_command(), key)
        return InviteMemberPayload(errors=[], member=await member_by_id(info.context, member_id))

    @mutation("Change a member's name, roles or activation. Open sockets are closed if the member is deactivated or loses a role.")
    async def update_member(self, info: Info, input: Annotated[UpdateMemberInput, INPUT]) -> UpdateMemberPayload | None:
        member_id = await members.update_member(info.context.app, info.context.viewer, input.to_command())
        return UpdateMemberPayload(errors=[], member=await member_by_id(info.context, member_id))
