"""Every field has a source, and only the columns of selected fields are read."""

from collections.abc import Mapping
from re import findall

import pytest

from gql_leads.api.resolving.lead_field_sources import LEAD
from gql_leads.api.resolving.row_mapping import FieldSource, object_type
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

SOURCES = {
    "Lead": LEAD,
    "Note": NOTES.sources,
    "Activity": ACTIVITIES.sources,
    "Partner": organization.partner_sources(),
    "Member": organization.member_sources(),
    "Listing": organization.listing_sources(),
    "BusinessProfile": organization.profile_sources(),
    "LeadQueue": queue_sources(),
}
OWN = {"l", "n", "a"}
"""The leads, the notes and the activities themselves."""
LITTLE = """query($id: ID!) { lead(id: $id) { %s } }"""


def with_nested(kind: type, sources: Mapping[str, FieldSource]) -> list[tuple[str, Mapping[str, FieldSource]]]:
    nested = [one for one in sources.values() if one.sources]
    return [(kind.__name__, sources), *(pair for one in nested for pair in with_nested(object_type(kind, one.attribute), one.sources))]


@pytest.mark.parametrize("kind", SOURCES)
def test_every_field_has_a_source(kind: str) -> None:
    for name, sources in with_nested(schema.get_type_by_name(kind).origin, SOURCES[kind]):  # type: ignore[union-attr, arg-type]
        assert sources.keys() == schema._schema.type_map[name].fields.keys()  # type: ignore[attr-defined]


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
async def test_only_selected_columns_of_joined_relations_are_read(
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
