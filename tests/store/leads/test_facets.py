"""Facets count the leads of the list, and never reveal masked values."""

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from gql_leads.domain.leads.filters import EVERYTHING, Filter, matches
from gql_leads.domain.leads.lead import CompanySize, LeadQuality, LeadStage, LeadStatus, LeadType
from gql_leads.domain.leads.snapshots import LeadSnapshot
from gql_leads.domain.leads.visibility import Visibility, contact_hidden, is_sender_visible, visibility_of
from gql_leads.store.leads import facets, lists
from gql_leads.store.leads.facets import Counted, Facet, FacetField
from gql_leads.store.leads.lists import LeadQuery, LeadReader
from tests.property_runner import PropertyRunner
from tests.scenarios import Scenario

ASKED = [
    EVERYTHING,
    Filter(status=(LeadStatus.NEW,)),
    Filter(status=(LeadStatus.NEW,), stage=(LeadStage.RECEIVED,), quality=(LeadQuality.HIGH,)),
    Filter(country=("FR",), is_test=False),
    Filter(type=()),
    Filter(has_owner=False),
    Filter(has_listing=True, company_size=(CompanySize.EMPLOYEES_1_TO_9, CompanySize.EMPLOYEES_OVER_20000)),
    Filter(all_of=(Filter(type=(LeadType.OFFER,)),)),
]
OF_THE_CONTACT = {FacetField.EMAIL_VALIDITY, FacetField.PHONE_VALIDITY}
NAMES = {
    FacetField.LISTING: "listing_id", FacetField.PARTNER: "partner_id", FacetField.OWNER: "owner_id", FacetField.QUEUE: "queue_id",
    FacetField.CAMPAIGN: "campaign_ids", FacetField.SENDER: "sender_id",
}  # fmt: skip


def facets_of(
    runner: PropertyRunner, reader: LeadReader, query: LeadQuery, first: int, *fields: FacetField
) -> dict[FacetField, list[Counted]]:
    """Return the values of each field; check that the total is that of the list, whichever fields are counted."""
    asked = [Facet(field, first) for field in fields]
    for some in (asked, asked[:1], []):
        found = runner.call(partial(facets.counts, reader, query, some, with_total=True))
        assert found.total == runner.call(lists.total, reader, query)
        assert set(found.facets) == set(some)
    return {facet.field: values for facet, values in runner.call(facets.counts, reader, query, asked).facets.items()}


def expected_counts(scenario: Scenario, who: int, asked: Filter, field: FacetField) -> Counter[str | None]:
    """Count the visible leads that match, ignoring the top-level filter on the field itself."""
    viewer, attribute = scenario.viewers[who], NAMES.get(field, field.value.lower())
    own = {FacetField.OWNER: ("owner_id", "has_owner"), FacetField.LISTING: ("listing_id", "has_listing")}.get(field, (attribute,))
    loosened = replace(asked, **dict.fromkeys(own))
    return Counter(
        one if one is None else str(one)
        for lead_id, snapshot in scenario.snapshots().items()
        if visibility_of(viewer, snapshot) is not Visibility.NONE and matches(loosened, viewer, lead_id, snapshot)
        if (value := _visible_value(scenario, who, field, snapshot, attribute)) is not None or len(own) > 1
        for one in (value if isinstance(value, tuple) else (value,))
    )


def _visible_value(scenario: Scenario, who: int, field: FacetField, snapshot: LeadSnapshot, attribute: str) -> Any:
    viewer = scenario.viewers[who]
    if field in OF_THE_CONTACT and contact_hidden(
        viewer, partner_id=snapshot.partner_id, outcome=snapshot.outcome, erased=snapshot.is_erased
    ):
        return None
    if field is FacetField.SENDER and not is_sender_visible(viewer, snapshot):
        return None
    work = {FacetField.OWNER, FacetField.QUEUE, FacetField.CAMPAIGN, FacetField.COMPANY_SIZE}
    if field in work and visibility_of(viewer, snapshot) is not Visibility.FULL:
        return None
    return getattr(snapshot, attribute)


@pytest.mark.parametrize("who", range(9))
def test_every_facet_counts_the_leads_of_the_list(runner: PropertyRunner, scenario: Scenario, who: int) -> None:
    for asked in ASKED:
        reader = scenario.app.reader(scenario.viewers[who])
        found = facets_of(runner, reader, LeadQuery(filter=asked), 100, *FacetField)
        for field in FacetField:
            counted = {one.value: one.total for one in found[field]}
            assert counted == expected_counts(scenario, who, asked, field), (field, asked)


def test_most_frequent_values_come_first_and_objects_have_names(runner: PropertyRunner, scenario: Scenario) -> None:
    reader = scenario.app.reader(scenario.viewers[7])
    found = facets_of(runner, reader, LeadQuery(), 1, FacetField.PARTNER, FacetField.COUNTRY, FacetField.LISTING)
    assert [one.name for one in found[FacetField.PARTNER]] == ["Acme Cloud"]
    assert found[FacetField.LISTING][0].name in {None, "Ledger", "École de %"}
    whole = facets_of(runner, reader, LeadQuery(), 100, FacetField.COUNTRY)[FacetField.COUNTRY]
    assert found[FacetField.COUNTRY] == whole[:1]
    assert whole == sorted(whole, key=lambda one: (-one.total, one.value))


def test_search_restricts_the_facets_and_no_facets_need_no_read(runner: PropertyRunner, scenario: Scenario) -> None:
    reader = scenario.app.reader(scenario.viewers[7])
    found = facets_of(runner, reader, LeadQuery(search="contoso ltd"), 100, FacetField.TYPE)[FacetField.TYPE]
    there = [lead for lead in scenario.leads if lead.company == "contoso ltd" and lead.deleted_at is None]
    assert sum(one.total for one in found) == len(there) > 0
    assert runner.call(facets.counts, reader, LeadQuery(), []) == (0, {})
