"""Counts of a list by the values of its fields, with labels for menus."""

from collections.abc import Sequence
from typing import Final

import strawberry

from gql_leads.api.resolving.context import Context
from gql_leads.api.values.enums import describe
from gql_leads.api.values.ids import encode_id
from gql_leads.domain.codes import COUNTRIES
from gql_leads.store.leads import facets as counting
from gql_leads.store.leads.facets import Counted, Counts, FacetField, Wanted
from gql_leads.store.leads.lists import LeadQuery

Asked = tuple[LeadQuery, tuple[counting.Facet | None, ...]]

describe(
    FacetField,
    "What a list can be counted by.",
    """
    STATUS The follow-up status.
    STAGE The stage of the lifecycle.
    OUTCOME How archived leads ended.
    TYPE How the leads came about.
    SOURCE Where they entered.
    CALL_TO_ACTION What the customers clicked on.
    QUALITY The quality.
    COUNTRY The customers' countries.
    EMAIL_VALIDITY Whether mail can arrive; hidden contacts are not counted.
    PHONE_VALIDITY Whether the phone numbers can exist; hidden contacts are not counted.
    LISTING_KIND What the listings offer.
    LISTING The listings.
    PARTNER The partners that have them.
    OWNER The members who work on them.
    QUEUE The queues they wait in.
    CAMPAIGN The campaigns they are counted for; a lead of several is counted for each.
    """,
)
_KINDS: Final = {
    FacetField.LISTING: "Listing",
    FacetField.PARTNER: "Partner",
    FacetField.OWNER: "Member",
    FacetField.QUEUE: "LeadQueue",
    FacetField.CAMPAIGN: "Campaign",
}


@strawberry.type(description="How many leads of the list have one value.")
class FacetValue:
    value: str = strawberry.field(description="What to put into the filter: the value, or the object's id.")
    label: str = strawberry.field(description="What to show to people.")
    count: int = strawberry.field(description="How many leads have it.")


@strawberry.type(description="The list counted by one field.")
class Facet:
    field: FacetField = strawberry.field(description="What was counted by.")
    values: list[FacetValue] = strawberry.field(description="The values that occur, most frequent first.")


async def total(context: Context, query: LeadQuery) -> int:
    """How many leads the query lists: read together with the facets of the same list."""
    counted = await _counted(context, query, (None,))
    return counted.total


async def facets(context: Context, query: LeadQuery, fields: Sequence[FacetField], first: int) -> list[Facet]:
    """The list counted by each field, in the order they were asked for."""
    asked = [counting.Facet(field, first) for field in fields]
    counted = await _counted(context, query, tuple(asked))
    return [Facet(field=one.field, values=[facet_value(one.field, found) for found in counted.facets[one]]) for one in asked]


async def _counted(context: Context, query: LeadQuery, wanted: tuple[counting.Facet | None, ...]) -> Counts:
    """The counts of this list, among them those wanted, None being the total; read together with those of every list of the level."""
    reader = context.reader

    async def read(asked: list[Asked]) -> dict[Asked, Counts]:
        every: dict[LeadQuery, list[counting.Facet | None]] = {}
        for one, some in asked:
            every.setdefault(one, []).extend(some)
        lists = [Wanted(one, tuple(facet for facet in some if facet is not None), None in some) for one, some in every.items()]
        counted = dict(zip(every, await counting.counts_of(reader, lists), strict=True))
        return {(one, some): counted[one] for one, some in asked}

    counted = await context.dataloader.load("counts", (query, wanted), read)
    assert counted is not None, "what was asked is answered"
    return counted


def facet_value(field: FacetField, one: Counted) -> FacetValue:
    """The value with its label."""
    kind = _KINDS.get(field)
    if kind is not None:
        return FacetValue(value=encode_id(kind, one.value), label=one.name or "", count=one.total)
    if field is FacetField.COUNTRY:
        return FacetValue(value=one.value, label=COUNTRIES.get(one.value, one.value), count=one.total)
    return FacetValue(value=one.value, label=one.value.replace("_", " ").capitalize(), count=one.total)
