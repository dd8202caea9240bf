"""Only what was selected is read, and whatever can be selected is known."""

from collections.abc import Mapping
from re import findall

import pytest

from gql_leads.api.resolving.field_sources import FieldSource
from gql_leads.api.resolving.row_mapping import lead_sources
from gql_leads.api.schema import schema
from gql_leads.api.types import organization
from gql_leads.api.types.activities import ACTIVITIES
from gql_leads.api.types.notes import NOTES
from gql_leads.api.types.queues import queue_sources
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.activities import ActivityKind, NewActivity
from gql_leads.services.app_context import AppContext
from gql_leads.services.leads import notes
from gql_leads.services.leads.activities import log_lead_activity
from tests.api.conftest import Ask
from tests.factories import World
from tests.fixtures import make_lead, make_listing

KINDS = {
    "Lead": lead_sources(),
    "Note": NOTES.facts,
    "Activity": ACTIVITIES.facts,
    "Partner": organization.partner_sources(),
    "Member": organization.member_sources(),
    "Listing": organization.listing_sources(),
    "BusinessProfile": organization.profile_sources(),
    "LeadQueue": queue_sources(),
}
OWN = {"l", "n", "a"}
"""The leads, the notes and the activities themselves."""
LITTLE = """query($id: ID!) { lead(id: $id) { %s } }"""


def with_inner(name: str, facts: Mapping[str, FieldSource]) -> list[tuple[str, Mapping[str, FieldSource]]]:
    inner = [one for fact in facts.values() if fact.kind is not None for one in with_inner(fact.kind.__name__, fact.facts)]
    return [(name, facts), *inner]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_its_fact(kind: str) -> None:
    for name, facts in with_inner(kind, KINDS[kind]):
        assert facts.keys() == schema._schema.type_map[name].fields.keys()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("selected", "table", "read"),
    [
        ("company", "lead l", set()),
        ("partner { name }", "lead l", {"partner.id", "partner.name"}),
        ("listing { id }", "lead l", {"listing.id"}),
        ("listing { partner { id } }", "lead l", {"listing.id", "listing.partner_id"}),
        ("owner { email } partner { id country }", "lead l", {"owner.id", "owner.email", "partner.id", "partner.country"}),
        ("notes { nodes { body } }", "note n", set()),
        ("notes { nodes { author { name } } }", "note n", {"t.id", "t.name"}),
        ("notes { edges { node { author { roles } } } nodes { author { isActive } } }", "note n", {"t.id", "t.roles", "t.is_active"}),
        ("activities { nodes { subject owner { id } } }", "activity a", {"t.id"}),
        ("activities { pageInfo { hasNextPage } }", "activity a", set()),
    ],
)
async def test_of_what_stands_beside_only_the_selected_is_read(
    app: AppContext,
    world: World,
    ask: Ask,
    statements: list[str],
    selected: str,
    table: str,
    read: set[str],
) -> None:
    listing = await make_listing(app, world.acme)
    lead = await make_lead(app, partner=world.acme, listing_id=listing, owner_id=world.rep.member_id)
    await notes.add_lead_note(app, world.rep, lead, "Called.")
    await log_lead_activity(app, world.rep, lead, NewActivity(kind=ActivityKind.CALL, subject="Called."))
    statements.clear()
    await ask(world.rep, LITTLE % selected, id=encode_id("Lead", lead))
    columns, tables = next(one.split(" FROM ", 1) for one in statements if f" FROM {table} " in one)
    assert {name for name in findall(r"\w+\.\w+", columns) if name.partition(".")[0] not in OWN} == read
    assert (" LEFT JOIN " in tables) == bool(read)
