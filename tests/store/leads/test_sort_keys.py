"""Sort orders end in a unique key, mask hidden contacts, and have signatures that distinguish them."""

import pytest

from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.leads.sorting import LeadSort, LeadSortField
from gql_leads.services.app_context import AppContext
from gql_leads.store.leads import sort_keys
from gql_leads.store.sql.pagination import Key
from tests.factories import World

NEWEST = Key("l.created_at", descending=True)
HIGHEST_ID = Key("l.id", descending=True)


def test_default_order_is_newest_first_then_by_id(world: World) -> None:
    assert sort_keys.order((), world.rep) == (NEWEST, HIGHEST_ID)


def test_ties_of_a_sort_are_ordered_newest_first(world: World) -> None:
    assert sort_keys.order((LeadSort(LeadSortField.UPDATED_AT),), world.channel) == (Key("l.updated_at"), NEWEST, HIGHEST_ID)


@pytest.mark.parametrize("descending", [False, True])
def test_id_follows_the_direction_of_the_creation_time(world: World, descending: bool) -> None:
    sorts = (LeadSort(LeadSortField.COMPANY), LeadSort(LeadSortField.CREATED_AT, descending))
    assert sort_keys.order(sorts, world.rep) == (
        Key("l.company_key", nullable=True),
        Key("l.created_at", descending),
        Key("l.id", descending),
    )


def test_repeated_field_counts_once_in_its_first_direction(world: World) -> None:
    sorts = (LeadSort(LeadSortField.EXPIRES_AT, True), LeadSort(LeadSortField.COUNTRY), LeadSort(LeadSortField.EXPIRES_AT))
    assert sort_keys.order(sorts, world.rep) == (
        Key("l.expires_at", descending=True, nullable=True),
        Key("l.country", nullable=True),
        NEWEST,
        HIGHEST_ID,
    )


@pytest.mark.parametrize("field", [LeadSortField.FIRST_NAME, LeadSortField.LAST_NAME])
async def test_names_of_unclaimed_contacts_are_null_in_the_order_of_partners_only(
    app: AppContext, world: World, field: LeadSortField
) -> None:
    for viewer, unclaimed in ((world.rep, None), (world.channel, "anna")):
        key = sort_keys.order((LeadSort(field),), viewer)[0]
        rows = await app.database.reading.fetch(
            f"SELECT {key.expression} AS value FROM (SELECT 'anna' AS first_name_key, 'anna' AS last_name_key,"
            " CAST(NULL AS BIGINT) AS erased_at, CAST(NULL AS TEXT) AS outcome, 1 AS partner_id"
            " UNION ALL SELECT 'anna', 'anna', NULL, NULL, NULL) AS l ORDER BY partner_id IS NULL"
        )
        assert [row["value"] for row in rows] == ["anna", unclaimed]
        assert key.nullable


async def test_enum_values_are_ordered_by_their_declaration_and_not_by_name(app: AppContext, world: World) -> None:
    key = sort_keys.order((LeadSort(LeadSortField.STATUS),), world.rep)[0]
    for rank, status in enumerate(LeadStatus):
        row = await app.database.reading.fetch_one(f"SELECT {key.expression} AS rank FROM (SELECT '{status.value}' AS status) AS l")
        assert row is not None
        assert row["rank"] == rank


def test_signature_names_the_fields_with_their_directions() -> None:
    assert sort_keys.signature(()) == "CREATED_AT-"
    assert sort_keys.signature((LeadSort(LeadSortField.COMPANY), LeadSort(LeadSortField.STATUS, True))) == "COMPANY+,STATUS-"
