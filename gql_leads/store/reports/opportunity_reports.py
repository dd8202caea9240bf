"""Figures of the opportunities of a period, counted by one statement.

Raw SQL because they are sums over the access policy's rows, and over those of the leads that they came from (`make bench`, analytics).
"""

from collections import Counter

from gql_leads.domain.leads.filters import EVERYTHING
from gql_leads.domain.reports.figures import OpportunityFigures
from gql_leads.domain.reports.periods import ReportScope
from gql_leads.domain.values.money import Money
from gql_leads.store import opportunities
from gql_leads.store.access import access_policy
from gql_leads.store.leads.lists import LeadReader
from gql_leads.store.reports import lead_reports
from gql_leads.store.reports.lead_reports import Question
from gql_leads.store.reports.sums import THOUSANDS
from gql_leads.store.sql.builder import Sql, all_of, any_of


async def figures(reader: LeadReader, question: Question) -> OpportunityFigures:
    """Count the visible opportunities; with a filter or scope, those that came from the leads that these select."""
    start, end = question.period.start, question.period.end
    created = Sql("CASE WHEN t.created_at >= ? THEN 1 ELSE 0 END AS created", (start,))
    state = Sql("CASE WHEN t.closed_at IS NULL OR t.closed_at >= ? THEN 'OPEN' ELSE t.stage END AS state", (end,))
    where = all_of(
        opportunities.seen(reader.viewer),
        Sql("t.created_at < ? AND (t.closed_at IS NULL OR t.closed_at >= ?)", (end, start)),
        _from_counted_leads(reader, question),
    )
    found = "(SELECT " + created + ", " + state + ", t.amount_currency, t.amount_minor FROM opportunity t WHERE " + where + ") AS found"
    rows = await reader.connection.fetch(
        "SELECT created, state, amount_currency, CAST(count(*) AS BIGINT) AS total,"
        f" CAST(sum(amount_minor / {THOUSANDS}) AS BIGINT) AS high, CAST(sum(amount_minor % {THOUSANDS}) AS BIGINT) AS low FROM "
        + found
        + " GROUP BY created, state, amount_currency"
    )
    counted, won, opened = OpportunityFigures(), Counter[str](), Counter[str]()
    for row in rows:
        counted.created += row["total"] * row["created"]
        amount = 0 if row["high"] is None else row["high"] * THOUSANDS + row["low"]
        currency = row["amount_currency"]
        match row["state"]:
            case "OPEN":
                counted.open += row["total"]
                _add(opened, currency, amount)
            case "CLOSED_WON":
                counted.won += row["total"]
                _add(won, currency, amount)
            case _:
                counted.lost += row["total"]
    counted.amount_won, counted.amount_open = _money(won), _money(opened)
    return counted


def _from_counted_leads(reader: LeadReader, question: Question) -> Sql:
    """Return the condition for opportunities that came from counted leads.

    Without filter and scope, only those that came from test leads are left out.
    """
    if question.filter == EVERYTHING and question.scope is ReportScope.IN_SIGHT:
        return Sql("NOT EXISTS (SELECT 1 FROM lead l WHERE l.id = t.lead_id AND l.is_test)")
    counted = all_of(any_of(*access_policy.counted(reader.viewer)), lead_reports.asked(reader, question))
    return "EXISTS (SELECT 1 FROM lead l WHERE l.id = t.lead_id AND " + counted + ")"


def _add(worth: Counter[str], currency: str | None, amount: int) -> None:
    if currency is not None:
        worth[currency] += amount


def _money(worth: Counter[str]) -> list[Money]:
    return [Money(worth[currency], currency) for currency in sorted(worth)]
