"""Invitations of members."""

import asyncio

from uuid_utils.compat import uuid7

from gql_leads.domain.errors import Invalid, NotFound, NotPermitted
from gql_leads.domain.members import InviteMember, Language
from gql_leads.services.app_context import AppContext
from gql_leads.services.sign_in import links, sessions
from gql_leads.services.sign_in.invitations import create_invitation, invite_member
from tests.factories import World
from tests.fixtures import ADMIN, REFERRALS, REP, load_viewer, make_partner
from tests.services.refusing import fields_at_fault, refused

NEW = InviteMember(name="Nina New", email="nina@acme.example", roles=(REP,))


async def link_tokens(app: AppContext) -> list[str]:
    """Return the tokens of the mailed links, oldest first."""
    rows = await app.database.reading.fetch("SELECT link_id FROM mail WHERE kind = 'INVITATION' ORDER BY created_at, id")
    return [(await links.address_of(app, app.database.reading, row["link_id"])).partition("token=")[2] for row in rows]


async def test_invited_member_sets_a_password_and_is_then_no_longer_invited(app: AppContext, world: World) -> None:
    member_id = await invite_member(app, world.referrals, NEW)
    viewer = await load_viewer(app, member_id)
    assert (viewer.partner_id, set(viewer.roles)) == (world.acme, {REP})
    again = InviteMember(name="Nina Newer", email="NINA@acme.example", roles=(REFERRALS,), language=Language.CS)
    assert await invite_member(app, world.referrals, again) == member_id
    assert (await load_viewer(app, member_id)).roles == {REFERRALS}
    old, new = await link_tokens(app)
    assert isinstance(await refused(app, sessions.set_password(app, old, "correct horse battery", "x")), Invalid)
    assert (await sessions.set_password(app, new, "correct horse battery", "x")).member_id == member_id
    assert await fields_at_fault(app, invite_member(app, world.referrals, NEW)) == [("email",)]


async def test_administrators_invite_members_of_the_vendor_and_of_every_partner(app: AppContext, world: World) -> None:
    vendor = await invite_member(app, world.admin, InviteMember(name="V", email="v@vendor.example", roles=(ADMIN,)))
    partner = await invite_member(app, world.admin, InviteMember(name="P", email="p@globex.example", roles=(REP,), partner_id=world.globex))
    assert [(await load_viewer(app, one)).partner_id for one in (vendor, partner)] == [None, world.globex]
    link = await create_invitation(app, world.admin, InviteMember(name="V", email="v@vendor.example", roles=(ADMIN,)))
    assert link.startswith("http://127.0.0.1:8000/invitation?token=")


async def test_who_may_not_invite_is_refused(app: AppContext, world: World) -> None:
    for who in (world.rep, world.profiles):
        assert isinstance(await refused(app, invite_member(app, who, NEW)), NotPermitted)
    for who in (world.channel, world.seller):
        wanted = InviteMember(name="V", email="v@vendor.example", roles=(ADMIN,))
        assert isinstance(await refused(app, invite_member(app, who, wanted)), NotPermitted)
    inactive = await make_partner(app, is_active=False)
    for who, partner_id in ((world.referrals, world.globex), (world.admin, uuid7()), (world.admin, inactive)):
        wanted = InviteMember(name="P", email="p@x.example", roles=(REP,), partner_id=partner_id)
        assert isinstance(await refused(app, invite_member(app, who, wanted)), NotFound)


async def test_all_faults_are_reported(app: AppContext, world: World) -> None:
    for wanted, fields in (
        (InviteMember(name="\u200b", email="a\r\nBcc: b@c.example", roles=()), [("name",), ("email",), ("roles",)]),
        (InviteMember(name="x" * 201, email="nobody", roles=(ADMIN,)), [("name",), ("email",), ("roles",)]),
        (InviteMember(name="Rob", email="rob.rival@people.example", roles=(REP,)), [("email",)]),
    ):
        assert await fields_at_fault(app, invite_member(app, world.referrals, wanted)) == fields


async def test_repeated_requests_invite_once(app: AppContext, world: World) -> None:
    made = await asyncio.gather(*[invite_member(app, world.referrals, NEW, "key") for _ in range(3)])
    assert len(set(made)) == 1
    assert len(await link_tokens(app)) == 1
