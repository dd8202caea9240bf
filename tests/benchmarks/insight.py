"""Boards, reports and duplicates: a document executed in this process, beside the SQL that somebody would write by hand for just that."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any, Final, NamedTuple

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from tests.benchmarks import world
from tests.benchmarks.table import Line
from tests.fixtures import load_viewer, open_app_context

TIMES: Final = 5
DURATION: Final = timedelta(days=300)
BOARD: Final = "{ leadBoard { columns { count leads(first: 20) { nodes { reference company createdAt } } } } }"
REPORT: Final = """query($from: DateTime!, $before: DateTime!) { leadReport(from: $from, before: $before) {
    received accepted won open medianResponseHours byStatus { count } byCountry { count } byPartner { count }
    series { received accepted archived } } }"""
DUPLICATES: Final = "{ leads(first: 50) { nodes { duplicates(first: 5) { matchedOn lead { reference } } } } }"

ALIVE: Final = "l.deleted_at IS NULL"
HELD: Final = "(l.partner_id = ? OR l.queue_id IN (SELECT id FROM lead_queue WHERE is_general))"
COUNTED: Final = "NOT l.is_test AND l.created_at < ?"
NEWEST: Final = "ORDER BY l.created_at DESC, l.id DESC LIMIT"
SEEN: Final = "AND COALESCE(l.outcome, '') <> 'EXPIRED' AND l.erased_at IS NULL"
NEAR: Final = (
    "substr(l.company_key, 1, 300) = substr(a.company_key, 1, 300)"
    f" AND l.created_at BETWEEN a.created_at - {30 * 86_400_000} AND a.created_at + {30 * 86_400_000}"
)
PAIRS: Final = " UNION ALL ".join(
    "SELECT a.id AS asked, l.id AS id, l.reference AS reference FROM page a JOIN lead l"
    f" ON {alike} WHERE l.id <> a.id AND l.deleted_at IS NULL {hidden}"
    for alike, hidden in (
        ("l.email_key = a.email_key", SEEN),
        ("l.phone_key = a.phone_key", SEEN),
        ("l.person_key = a.person_key", SEEN),
        (f"l.listing_id = a.listing_id AND l.company_key = a.company_key AND {NEAR}", ""),
    )
)


class Question(NamedTuple):
    """What is asked of the service, and the SQL by hand for it."""

    title: str
    document: str
    variables: dict[str, Any]
    by_hand: tuple[tuple[Any, ...], ...]


def measure(url: str) -> Iterator[Line]:
    """A line for each question, as the vendor asks it and as a partner does."""
    yield from asyncio.run(_lines(url))


async def _lines(url: str) -> list[Line]:
    async with open_app_context(url) as app:
        vendor, rep = await load_viewer(app, world.seller_id()), await load_viewer(app, world.rep_id(0))
        return [await _line(app, who, one) for who in (vendor, rep) for one in _questions(who)]


async def _line(app: AppContext, who: Viewer, question: Question) -> Line:
    async def ask() -> None:
        answer = await schema.execute(question.document, variable_values=question.variables, context_value=Context(app, who))
        assert answer.errors is None, answer.errors

    async def write() -> None:
        for statement, *parameters in question.by_hand:
            await app.database.reading.fetch(statement, *parameters)

    mine, theirs = [], []
    for _ in range(TIMES):
        mine.append(await _lasts(ask))
        theirs.append(await _lasts(write))
    ours, beside = median(mine), median(theirs)
    return Line(question.title, "time", f"{ours * 1e3:.1f} ms", f"{beside * 1e3:.1f} ms", ours / beside)


async def _lasts(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def _questions(who: Viewer) -> Iterator[Question]:
    name = "the vendor's" if who.is_vendor else "a partner's"
    locked, own = ("TRUE", ()) if who.is_vendor else (HELD, (who.partner_id,))
    columns = " UNION ALL ".join(
        f"SELECT * FROM (SELECT l.status, l.reference, l.company, l.created_at FROM lead l WHERE l.status = '{status}'"
        f" AND {locked} AND {ALIVE} {NEWEST} 21) AS {status.lower()}"
        for status in LeadStatus
    )
    counts = f"SELECT l.status, count(*) FROM lead l WHERE {locked} AND {ALIVE} GROUP BY l.status"
    yield Question(f"Board of {name} leads by status", BOARD, {}, ((counts, *own), (columns, *own * len(LeadStatus))))
    start, end = world.START, world.START + DURATION
    yield Question(
        f"Report of {name} leads, 300 days",
        REPORT,
        {"from": start.isoformat(), "before": end.isoformat()},
        tuple(_report(locked, own, end)),
    )
    page = f"SELECT * FROM lead l WHERE {locked} AND {ALIVE} {NEWEST} 50"
    yield Question(f"Duplicates of 50 of {name} leads", DUPLICATES, {}, ((f"WITH page AS MATERIALIZED ({page}) {PAIRS}", *own),))


def _report(locked: str, own: tuple[Any, ...], end: Any) -> Iterator[tuple[Any, ...]]:
    """One statement for each figure."""
    where = f"FROM lead l WHERE {locked} AND {COUNTED}"
    won, is_open = "count(CASE WHEN l.outcome = 'WON' THEN 1 END)", "count(CASE WHEN l.archived_at IS NULL THEN 1 END)"
    yield f"SELECT count(*), count(l.accepted_at), {won}, {is_open} {where}", *own, end
    took = f"SELECT l.accepted_at - l.reached_at AS took {where} AND l.accepted_at IS NOT NULL ORDER BY took"
    yield f"SELECT took FROM ({took}) AS answered LIMIT 1 OFFSET 100", *own, end
    for by in ("status", "country", "partner_id"):
        yield f"SELECT l.{by}, count(*) AS total {where} GROUP BY l.{by} ORDER BY total DESC", *own, end
    for step in ("created_at", "accepted_at", "archived_at"):
        yield f"SELECT l.{step} / 86400000 AS day, count(*) {where} AND l.{step} IS NOT NULL GROUP BY 1", *own, end
