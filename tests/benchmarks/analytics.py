"""Compare boards, reports, activities and duplicates, executed in this process, with hand-written SQL for the same data."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from statistics import median
from typing import Any, Final, NamedTuple

from gql_leads.api.resolving.context import Context
from gql_leads.api.schema import schema
from gql_leads.domain.leads.lead import LeadStatus
from gql_leads.domain.viewer import Viewer
from gql_leads.services.app_context import AppContext
from gql_leads.store.activities import NO_DUE_TIME, RANK
from tests.benchmarks import dataset
from tests.benchmarks.costs import EVERY_FIGURE
from tests.benchmarks.table import Comparison
from tests.fixtures import load_viewer, open_app_context

REPETITIONS: Final = 5
DURATION: Final = timedelta(days=300)
BOARD: Final = "{ leadBoard { columns { count leads(first: 20) { nodes { reference company createdAt } } } } }"
FULL_REPORT: Final = f"query($from: DateTime!, $before: DateTime!) {{ leadReport(from: $from, before: $before) {{ {EVERY_FIGURE} }} }}"
REPORT: Final = """query($from: DateTime!, $before: DateTime!) { leadReport(from: $from, before: $before) {
    received accepted won open medianResponseHours byStatus { count } byCountry { count } byPartner { count }
    series { received accepted archived } } }"""
ACTIVITIES: Final = "{ activities(first: 50, filter: {isOpen: true}) { nodes { kind subject dueAt lead { reference } } } }"
DUPLICATES: Final = "{ leads(first: 50) { nodes { duplicates(first: 5) { matchedOn lead { reference } } } } }"

NOT_DELETED: Final = "l.deleted_at IS NULL"
OWN_OR_QUEUED: Final = "(l.partner_id = ? OR l.queue_id IN (SELECT id FROM lead_queue WHERE is_general))"
REPORTED: Final = "NOT l.is_test AND l.created_at < ?"
NEWEST: Final = "ORDER BY l.created_at DESC, l.id DESC LIMIT"
CONTACT_VISIBLE: Final = "AND COALESCE(l.outcome, '') <> 'EXPIRED' AND l.erased_at IS NULL"
SAME_COMPANY_AND_MONTH: Final = (
    "substr(l.company_match, 1, 300) = substr(a.company_match, 1, 300)"
    f" AND l.created_at BETWEEN a.created_at - {30 * 86_400_000} AND a.created_at + {30 * 86_400_000}"
)
PAIRS: Final = " UNION ALL ".join(
    "SELECT a.id AS of_id, l.id AS id, l.reference AS reference FROM page a JOIN lead l"
    f" ON {alike} WHERE l.id <> a.id AND l.deleted_at IS NULL {hidden}"
    for alike, hidden in (
        ("l.email_key = a.email_key", CONTACT_VISIBLE),
        ("l.phone_key = a.phone_key", CONTACT_VISIBLE),
        ("l.phone_local = a.phone_key", CONTACT_VISIBLE),
        ("l.phone_key = a.phone_local", CONTACT_VISIBLE),
        ("l.person_key = a.person_key", CONTACT_VISIBLE),
        (f"l.listing_id = a.listing_id AND l.company_match = a.company_match AND {SAME_COMPANY_AND_MONTH}", ""),
    )
)


class Document(NamedTuple):
    """A document for the service, and the hand-written statements with their parameters."""

    title: str
    document: str
    variables: dict[str, Any]
    statements: tuple[tuple[Any, ...], ...]


def measure(url: str) -> Iterator[Comparison]:
    """Yield one comparison for each document, for the vendor and for a partner."""
    yield from asyncio.run(_comparisons(url))


async def _comparisons(url: str) -> list[Comparison]:
    async with open_app_context(url) as app:
        vendor, rep = await load_viewer(app, dataset.seller_id()), await load_viewer(app, dataset.rep_id(0))
        return [await _comparison(app, viewer, document) for viewer in (vendor, rep) for document in _documents(viewer)]


async def _comparison(app: AppContext, viewer: Viewer, document: Document) -> Comparison:
    async def execute_document() -> None:
        result = await schema.execute(document.document, variable_values=document.variables, context_value=Context(app, viewer))
        assert result.errors is None, result.errors

    async def execute_statements() -> None:
        for statement, *parameters in document.statements:
            await app.database.reading.fetch(statement, *parameters)

    durations, baseline_durations = [], []
    for _ in range(REPETITIONS):
        durations.append(await _duration(execute_document))
        baseline_durations.append(await _duration(execute_statements))
    ours, baseline = median(durations), median(baseline_durations)
    return Comparison(document.title, "time", f"{ours * 1e3:.1f} ms", f"{baseline * 1e3:.1f} ms", ours / baseline)


async def _duration(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def _documents(viewer: Viewer) -> Iterator[Document]:
    name = "the vendor's" if viewer.is_vendor else "a partner's"
    condition, own = ("TRUE", ()) if viewer.is_vendor else (OWN_OR_QUEUED, (viewer.partner_id,))
    columns = " UNION ALL ".join(
        f"SELECT * FROM (SELECT l.status, l.reference, l.company, l.created_at FROM lead l WHERE l.status = '{status}'"
        f" AND {condition} AND {NOT_DELETED} {NEWEST} 21) AS {status.lower()}"
        for status in LeadStatus
    )
    counts = f"SELECT l.status, count(*) FROM lead l WHERE {condition} AND {NOT_DELETED} GROUP BY l.status"
    yield Document(f"Board of {name} leads by status", BOARD, {}, ((counts, *own), (columns, *own * len(LeadStatus))))
    start, end = dataset.START, dataset.START + DURATION
    yield Document(
        f"Report of {name} leads, 300 days",
        REPORT,
        {"from": start.isoformat(), "before": end.isoformat()},
        tuple(_report(condition, own, end)),
    )
    yield Document(
        f"Report of {name} leads with every figure",
        FULL_REPORT,
        {"from": start.isoformat(), "before": end.isoformat()},
        tuple(_report(condition, own, end, ("status", "country", "partner_id", "listing_id", "source", "owner_id"))),
    )
    has_activity = "TRUE" if viewer.is_vendor else "a.partner_id = ?"
    activities = (
        "SELECT a.kind, a.subject, a.due_at, l.reference FROM activity a JOIN lead l ON l.id = a.lead_id"
        f" WHERE {has_activity} AND {NOT_DELETED} AND {RANK} <= {NO_DUE_TIME} ORDER BY {RANK}, a.id LIMIT 51"
    )
    yield Document(f"50 of {name} open activities", ACTIVITIES, {}, ((activities, *own),))
    page = f"SELECT * FROM lead l WHERE {condition} AND {NOT_DELETED} {NEWEST} 50"
    yield Document(f"Duplicates of 50 of {name} leads", DUPLICATES, {}, ((f"WITH page AS MATERIALIZED ({page}) {PAIRS}", *own),))


def _report(
    condition: str, own: tuple[Any, ...], end: Any, counted: Sequence[str] = ("status", "country", "partner_id")
) -> Iterator[tuple[Any, ...]]:
    """Yield one statement for each figure of the report."""
    where = f"FROM lead l WHERE {condition} AND {REPORTED}"
    won, is_open = "count(CASE WHEN l.outcome = 'WON' THEN 1 END)", "count(CASE WHEN l.archived_at IS NULL THEN 1 END)"
    yield f"SELECT count(*), count(l.accepted_at), {won}, {is_open} {where}", *own, end
    took = f"SELECT l.accepted_at - l.reached_at AS took {where} AND l.accepted_at IS NOT NULL ORDER BY took"
    yield f"SELECT took FROM ({took}) AS durations LIMIT 1 OFFSET 100", *own, end
    for by in counted:
        yield f"SELECT l.{by}, count(*) AS total {where} GROUP BY l.{by} ORDER BY total DESC", *own, end
    for step in ("created_at", "accepted_at", "archived_at"):
        yield f"SELECT l.{step} / 86400000 AS day, count(*) {where} AND l.{step} IS NOT NULL GROUP BY 1", *own, end
