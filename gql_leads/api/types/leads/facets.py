"""Facets: counts of a list by the values of its fields."""

from collections.abc import Sequence
from typing import Final

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.api.values.enums import describe
from gql_leads.api.values.ids import encode_id
from gql_leads.api.values.labels import NO_VALUE, country_label, enum_label
from gql_leads.store.leads import facets as counting
from gql_leads.store.leads.facets import Counted, Counts, FacetField, Wanted
from gql_leads.store.leads.lists import LeadQuery

CountKey = tuple[LeadQuery, tuple[counting.Facet | None, ...]]

describe(
    FacetField,
    "The field that a facet counts by.",
    """
    STATUS The follow-up status.
    STAGE The stage of the lifecycle.
    OUTCOME The outcome of archived leads.
    TYPE The type of lead.
    SOURCE The source.
    CALL_TO_ACTION The button that the customer clicked.
    QUALITY The quality.
    COUNTRY The customer's country.
    EMAIL_VALIDITY The validity of the e-mail address; hidden contacts are not counted.
    PHONE_VALIDITY The validity of the phone number; hidden contacts are not counted.
    LISTING_KIND The kind of listing.
    LISTING The listing; NONE for leads without one.
    PARTNER The partner that has the lead.
    OWNER The member who owns the lead; NONE for leads without an owner.
    QUEUE The queue in which the lead waits.
    CAMPAIGN The campaign; a lead in several campaigns is counted in each.
    COMPANY_SIZE The number of employees.
    SENDER The member who sent the lead; members of other partners are not counted.
    """,
)
_KINDS: Final = {
    FacetField.LISTING: "Listing",
    FacetField.PARTNER: "Partner",
    FacetField.OWNER: "Member",
    FacetField.QUEUE: "LeadQueue",
    FacetField.CAMPAIGN: "Campaign",
    FacetField.SENDER: "Member",
}


@strawberry.type(description="The number of leads with one value.")
class FacetValue:
    value: str = strawberry.field(
        description="The value to use in the filter: the enum value, or the object's id. NONE counts the leads without an owner"
        " or listing (`hasOwner: false`, `hasListing: false`)."
    )
    label: str = strawberry.field(description="The label to display.")
    count: int = strawberry.field(description="The number of leads with this value.")


@strawberry.type(description="The counts of the list by one field.")
class Facet:
    field: FacetField = strawberry.field(description="The field.")
    values: list[FacetValue] = strawberry.field(description="The values that occur, most frequent first.")


async def total(context: Context, query: LeadQuery) -> int:
    """Return the number of leads that the query lists; it is read together with the facets of the same list."""
    counted = await _counted(context, query, (None,))
    return counted.total


async def facets(context: Context, query: LeadQuery, fields: Sequence[FacetField], first: int) -> list[Facet]:
    """Return the list counted by each field, in the order of `fields`."""
    requested = [counting.Facet(field, first) for field in fields]
    counted = await _counted(context, query, tuple(requested))
    return [Facet(field=one.field, values=[facet_value(one.field, found) for found in counted.facets[one]]) for one in requested]


async def _counted(context: Context, query: LeadQuery, wanted: tuple[counting.Facet | None, ...]) -> Counts:
    """Return the counts of a list by these facets (None: the total).

    The counts of all lists of the level are read together.
    """
    reader = context.reader

    async def read(keys: list[CountKey]) -> dict[CountKey, Counts]:
        every: dict[LeadQuery, list[counting.Facet | None]] = {}
        for one, wanted_facets in keys:
            every.setdefault(one, []).extend(wanted_facets)
        lists = [
            Wanted(one, tuple(facet for facet in wanted_facets if facet is not None), None in wanted_facets)
            for one, wanted_facets in every.items()
        ]
        counted = dict(zip(every, await counting.counts_of(reader, lists), strict=True))
        return {(one, wanted_facets): counted[one] for one, wanted_facets in keys}

    counted = await context.dataloader.load("counts", (query, wanted), read)
    assert counted is not None, "every requested facet has a result"
    return counted


def facet_value(field: FacetField, one: Counted) -> FacetValue:
    """Return a facet value with its label."""
    if one.value is None:
        return FacetValue(value=NO_VALUE, label=f"No {field.value.lower()}", count=one.total)
    kind = _KINDS.get(field)
    if kind is not None:
        return FacetValue(value=encode_id(kind, one.value), label=one.name or "", count=one.total)
    label = country_label(one.value) if field is FacetField.COUNTRY else enum_label(one.value)
    return FacetValue(value=one.value, label=label, count=one.total)
