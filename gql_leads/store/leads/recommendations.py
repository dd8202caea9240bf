"""Inputs of the recommendations.

They are the newest waiting leads, the keywords of the partner's profiles, and the partner's recent answers.

Raw SQL because the answers are counted by one GROUP BY over a limited subquery (`make bench`, analytics).
"""

from collections import Counter
from dataclasses import fields
from typing import Final

from gql_leads.domain.leads.lead import CompanySize
from gql_leads.domain.leads.recommendations import COMPARED, Answers, Candidate, PartnerPreferences
from gql_leads.store.access import access_policy
from gql_leads.store.leads import lifecycle, sort_keys
from gql_leads.store.leads.lists import FROM, MASKED_COLUMNS, LeadReader
from gql_leads.store.sql.builder import TRUE, Sql, all_of
from gql_leads.store.sql.pagination import Select, Window, merged, read_page
from gql_leads.store.sql.rows import decode, reader

NEWEST_WAITING: Final = Window(500)
"""Number of waiting leads to compare: keywords are searched in messages, for which there is no index."""
MOST_ANSWERS: Final = 2_000
"""Number of the partner's newest answered leads that show its preferences."""

_texts = reader(tuple[str, ...])
_sizes = reader(tuple[CompanySize, ...])
_COLUMNS: Final = ", ".join(
    f"l.{f'{one.name}_masked' if one.name in MASKED_COLUMNS else one.name} AS {one.name}" for one in fields(Candidate)
)
"""The columns of waiting leads, whose contact is hidden: keywords are not looked for in masked names."""


async def candidates(reader: LeadReader) -> list[Candidate]:
    """Read the newest leads that the viewer may claim now, without test leads."""
    viewer, order = reader.viewer, sort_keys.order((), reader.viewer)
    is_open = all_of(Sql("NOT l.is_test"), lifecycle.answerable(reader.now))
    waiting = [all_of(queue, access_policy.PRESENT, is_open) for queue in access_policy.waiting(viewer)]
    if not waiting:
        return []
    source = merged("lead", waiting, order, NEWEST_WAITING, reader.connection.dialect)
    page = await read_page(reader.connection, Select(Sql(_COLUMNS), source, TRUE, order), NEWEST_WAITING)
    return [decode(Candidate, row) for row in page.rows]


async def taste(reader: LeadReader) -> PartnerPreferences:
    """Read the preferences of the viewer's partner."""
    connection, partner_id = reader.connection, reader.viewer.partner_id
    profiles = await connection.fetch("SELECT keywords, company_sizes FROM business_profile WHERE partner_id = ? ORDER BY id", partner_id)
    keywords = dict.fromkeys(keyword for row in profiles for keyword in _texts(row["keywords"]))
    sizes = frozenset(size for row in profiles for size in _sizes(row["company_sizes"]))
    compared = ", ".join(COMPARED)
    rows = await connection.fetch(
        f"SELECT {compared}, count(accepted_at) AS accepted, count(*) AS answered FROM (SELECT l.accepted_at, {compared} {FROM}"
        f" WHERE l.partner_id = ? AND {access_policy.PRESENT.text} AND NOT l.is_test"
        " AND (l.accepted_at IS NOT NULL OR l.outcome = 'DECLINED')"
        f" ORDER BY l.created_at DESC, l.id DESC LIMIT {MOST_ANSWERS:d}) AS lately GROUP BY {compared}",
        partner_id,
    )
    accepted, declined = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in rows:
        for key in [(name, row[name]) for name in COMPARED if row[name] is not None]:
            accepted[key] += row["accepted"]
            declined[key] += row["answered"] - row["accepted"]
    return PartnerPreferences(tuple(keywords), sizes, {key: Answers(accepted[key], declined[key]) for key in accepted})
