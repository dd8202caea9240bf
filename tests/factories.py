"""The small world that most tests happen in: a vendor, and two partners who know nothing of each other's work."""

from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import Desk
from tests.fixtures import ADMIN, CHANNEL, PROFILES, REFERRALS, REP, SELLER, a_member, a_partner, general_queue


@dataclass(frozen=True, slots=True)
class World:
    """Everybody, by what they are."""

    acme: UUID
    globex: UUID
    rep: Viewer
    colleague: Viewer
    referrals: Viewer
    profiles: Viewer
    rival: Viewer
    rival_admin: Viewer
    admin: Viewer
    channel: Viewer
    seller: Viewer
    general: UUID

    @property
    def vendor(self) -> tuple[Viewer, ...]:
        """The vendor's members."""
        return self.admin, self.channel, self.seller

    @property
    def everybody(self) -> tuple[Viewer, ...]:
        """All of them."""
        return (self.rep, self.colleague, self.referrals, self.profiles, self.rival, self.rival_admin, *self.vendor)


async def make_world(desk: Desk) -> World:
    """The people of the small world."""
    acme, globex = await a_partner(desk, "Acme Cloud"), await a_partner(desk, "Globex")
    return World(
        acme=acme,
        globex=globex,
        rep=await a_member(desk, acme, REP, name="Rita Rep"),
        colleague=await a_member(desk, acme, REP, name="Colin Colleague"),
        referrals=await a_member(desk, acme, REFERRALS, name="Rafa Referrals"),
        profiles=await a_member(desk, acme, PROFILES, name="Petra Profiles"),
        rival=await a_member(desk, globex, REP, name="Rob Rival"),
        rival_admin=await a_member(desk, globex, REFERRALS, name="Ruth Rival"),
        admin=await a_member(desk, None, ADMIN, name="Ada Admin"),
        channel=await a_member(desk, None, CHANNEL, name="Chris Channel"),
        seller=await a_member(desk, None, SELLER, name="Sam Seller"),
        general=await general_queue(desk),
    )
