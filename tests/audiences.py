"""The audiences of notifications: all members of the usual partners and the vendor, and what each of them reads."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.domain.commands import ContactFields, LeadFields, Referral
from gql_leads.domain.leads.lead import LeadType
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.access.viewers import viewer_of
from tests.factories import World
from tests.fixtures import REP, make_member

LISTED: Final = """query($unread: Boolean, $first: Int, $after: String) {
    viewer { unreadNotifications }
    notifications(unreadOnly: $unread, first: $first, after: $after) { totalCount unreadCount eventCursor
      pageInfo { hasNextPage endCursor } edges { cursor }
      nodes { id kind title body isRecommendedAction createdAt readAt lead { id reference contact { lastName } } } } }"""
MARK: Final = """mutation($input: MarkNotificationsReadInput!) {
    markNotificationsRead(input: $input) { unreadCount errors { __typename field message } } }"""
ACME: Final = frozenset({"rep", "colleague", "referrals", "profiles", "key"})
GLOBEX: Final = frozenset({"rival", "rival_admin"})
VENDOR: Final = frozenset({"admin", "channel", "seller"})


@dataclass
class Audience:
    """All members by name, and what each has in their list."""

    app: AppContext
    world: World
    key: Viewer
    """A member as which an API key of Acme acts."""

    def member(self, name: str) -> Viewer:
        found: Viewer = self.key if name == "key" else getattr(self.world, name)
        return found

    async def ask(self, name: str, document: str, **variables: Any) -> dict[str, Any]:
        """Execute a document as the member, and return its data."""
        viewer = await viewer_of(self.app.database.reading, self.member(name).member_id)
        result = await schema.execute(document, variable_values=variables, context_value=Context(self.app, viewer))
        assert result.errors is None, result.errors
        data: dict[str, Any] | None = result.data
        assert data is not None
        return data

    async def kinds(self) -> dict[str, list[str]]:
        """Return the kinds of notifications of each member who has any, newest first."""
        found = {name: [one["kind"] for one in (await self.list(name))["nodes"]] for name in sorted(ACME | GLOBEX | VENDOR)}
        return {name: kinds for name, kinds in found.items() if kinds}

    async def list(self, name: str, **variables: Any) -> dict[str, Any]:
        """Return the member's list, after a check that the counts agree with it."""
        answer = await self.ask(name, LISTED, **variables)
        found: dict[str, Any] = answer["notifications"]
        assert answer["viewer"]["unreadNotifications"] == found["unreadCount"]
        assert len(found["edges"]) == len(found["nodes"])
        return found

    async def first(self, name: str) -> dict[str, Any]:
        """Return the member's newest notification."""
        found: dict[str, Any] = (await self.list(name))["nodes"][0]
        return found

    async def mark(self, name: str, **given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.ask(name, MARK, input=given))["markNotificationsRead"]
        return answer

    async def forget(self) -> None:
        """Delete what the preparation of a test notified of."""
        await self.app.database.writing.execute("DELETE FROM notification")


async def make_audience(app: AppContext, world: World) -> Audience:
    """Return the members of a world, and one as which an API key of Acme acts."""
    key = await make_member(app, world.acme, REP, name="CRM key")
    await app.database.writing.execute("UPDATE member SET is_service = ? WHERE id = ?", True, key.member_id)
    return Audience(app, world, key)


def to(kind: str, *members: str) -> dict[str, list[str]]:
    return {name: [kind] for name in members}


def referral(partner: UUID, **more: Any) -> Referral:
    contact = ContactFields(last_name="Bosu", email="aparna@contoso.example")
    details = LeadFields(contact=contact, company="Contoso", message="Please call.")
    return Referral(type=LeadType.SALES_QUALIFIED, partner_id=partner, details=details, **more)
