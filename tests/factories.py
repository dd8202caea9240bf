"""Create the vendor, two partners and their members that most tests use."""

from dataclasses import dataclass
from uuid import UUID

from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from tests.fixtures import ADMIN, CHANNEL, PROFILES, REFERRALS, REP, SELLER, general_queue, make_member, make_partner


@dataclass(frozen=True, slots=True)
class World:
    """Members by their role, and the ids of partners and the general queue."""

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
        """Members of the vendor."""
        return self.admin, self.channel, self.seller

    @property
    def everybody(self) -> tuple[Viewer, ...]:
        """All members."""
        return (self.rep, self.colleague, self.referrals, self.profiles, self.rival, self.rival_admin, *self.vendor)


async def make_world(app: AppContext) -> World:
    """Create the partners, members and general queue, and return them."""
    acme, globex = await make_partner(app, "Acme Cloud"), await make_partner(app, "Globex")
    return World(
        acme=acme,
        globex=globex,
        rep=await make_member(app, acme, REP, name="Rita Rep"),
        colleague=await make_member(app, acme, REP, name="Colin Colleague"),
        referrals=await make_member(app, acme, REFERRALS, name="Rafa Referrals"),
        profiles=await make_member(app, acme, PROFILES, name="Petra Profiles"),
        rival=await make_member(app, globex, REP, name="Rob Rival"),
        rival_admin=await make_member(app, globex, REFERRALS, name="Ruth Rival"),
        admin=await make_member(app, None, ADMIN, name="Ada Admin"),
        channel=await make_member(app, None, CHANNEL, name="Chris Channel"),
        seller=await make_member(app, None, SELLER, name="Sam Seller"),
        general=await general_queue(app),
    )
