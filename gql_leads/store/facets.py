"""Counts of a list by the values of its facts, all facets by one statement."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from gql_leads.store import sight
from gql_leads.store.leads import FROM, LeadQuery, Reading
from gql_leads.store.sql import TRUE, Sql, all_of, join


class FacetField(StrEnum):
    STATUS = "STATUS"
    STAGE = "STAGE"
    OUTCOME = "OUTCOME"
    TYPE = "TYPE"
    SOURCE = "SOURCE"
    CALL_TO_ACTION = "CALL_TO_ACTION"
    QUALITY = "QUALITY"
    COUNTRY = "COUNTRY"
    EMAIL_VALIDITY = "EMAIL_VALIDITY"
    PHONE_VALIDITY = "PHONE_VALIDITY"
    LISTING_KIND = "LISTING_KIND"
    LISTING = "LISTING"
    PARTNER = "PARTNER"
    OWNER = "OWNER"
    QUEUE = "QUEUE"
    CAMPAIGN = "CAMPAIGN"


class Counted(NamedTuple):
    """One value of a facet; `name` is that of the object it identifies."""

    value: str
    name: str | None
    total: int


NAMED = {
    FacetField.LISTING: ("listing_id", "listing"),
    FacetField.PARTNER: ("partner_id", "partner"),
    FacetField.OWNER: ("owner_id", "member"),
    FacetField.QUEUE: ("queue_id", "lead_queue"),
    FacetField.CAMPAIGN: ("campaign_ids", "campaign"),
}
"""Facets of objects: the filter's name for them, which is mostly the lead's column, and the table that has their names."""
OF_THE_WORK = (FacetField.OWNER, FacetField.QUEUE, FacetField.CAMPAIGN)
"""Facets that senders do not see."""


async def facets(reading: Reading, query: LeadQuery, fields: Sequence[FacetField], first: int) -> dict[FacetField, list[Counted]]:
    """The most frequent values of each field; a facet ignores the filter's own condition on its field."""
    found: dict[FacetField, list[Counted]] = {field: [] for field in fields}
    if not found:
        return found
    statement = join(" UNION ALL ", [_facet(reading, query, field, first) for field in found])
    for row in await reading.connection.fetch(statement.text, *statement.parameters):
        found[FacetField(row["facet"])].append(Counted(row["value"], row["name"], row["total"]))
    for values in found.values():
        values.sort(key=lambda one: (-one.total, one.value))
    return found


def _facet(reading: Reading, query: LeadQuery, field: FacetField, first: int) -> Sql:
    column, table = NAMED.get(field, (field.value.lower(), None))
    asked = replace(query.filter, **{column: None})
    expression, condition = _value(reading, field, column)
    name = f"(SELECT n.name FROM {table} n WHERE n.id = counted.value)" if table else "NULL"
    source = f"{FROM} JOIN campaign_membership cm ON cm.lead_id = l.id" if field is FacetField.CAMPAIGN else FROM
    where = all_of(replace(query, filter=asked).where(reading), condition, Sql(f"{expression} IS NOT NULL"))
    return (
        f"SELECT '{field.value}' AS facet, CAST(counted.value AS TEXT) AS value, {name} AS name, counted.total AS total"
        f" FROM (SELECT {expression} AS value, count(*) AS total {source} WHERE "
        + where
        + Sql(" GROUP BY 1 ORDER BY total DESC, value LIMIT ?) AS counted", (first,))
    )


def _value(reading: Reading, field: FacetField, column: str) -> tuple[str, Sql]:
    """What is counted, and where the viewer may know it."""
    if field in (FacetField.EMAIL_VALIDITY, FacetField.PHONE_VALIDITY):
        return sight.unless_hidden(reading.viewer, f"l.{column}"), TRUE
    expression = "cm.campaign_id" if field is FacetField.CAMPAIGN else f"l.{column}"
    return expression, sight.in_full(reading.viewer) if field in OF_THE_WORK else TRUE
