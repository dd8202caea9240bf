"""Compare the declared cost of operations with the CPU time that they take, executed in this process."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from gql_leads.api.resolving.context import Context
from gql_leads.api.resolving.errors import describe_error
from gql_leads.api.resolving.reading_scale import ReadingScales
from gql_leads.api.schema import schema
from gql_leads.domain.viewer import Viewer
from gql_leads.graphql_server.application import Application
from gql_leads.graphql_server.documents.limits import Limits
from gql_leads.graphql_server.documents.parameters import Parameters
from gql_leads.graphql_server.execution.operations import Pipeline
from gql_leads.graphql_server.policy import Policy
from gql_leads.services.app_context import AppContext
from tests.benchmarks import dataset
from tests.benchmarks.queries import FIELDS
from tests.benchmarks.table import Comparison
from tests.fixtures import load_viewer, open_app_context

MEASURED_SECONDS: Final = 0.5
"""CPU time that the repetitions of an operation take together; the shortest one counts, because other processes only add to it."""
MOST_REPETITIONS: Final = 50
PERIOD: Final = {"from": "2026-01-01T00:00:00Z", "before": "2026-10-28T00:00:00Z"}
EVERY_FACET: Final = (
    "STATUS STAGE OUTCOME TYPE SOURCE CALL_TO_ACTION QUALITY COUNTRY EMAIL_VALIDITY PHONE_VALIDITY LISTING_KIND LISTING PARTNER OWNER"
    " QUEUE CAMPAIGN"
)
EVERY_FIGURE: Final = """received accepted won open medianResponseHours estimatedValue { amount } byListing { count } byStatus { count }
    byCountry { count } byPartner { count } bySource { count } byOwner { count } byCloseReason { count } ageing { count }
    partners { received medianResponseHours estimatedValue { amount } } opportunities { won amountWon { amount } }
    series { received accepted archived }"""
ROWS: Final = "nodes { id reference company createdAt }"


class Measured(NamedTuple):
    """An operation as a member of the vendor or of a partner sends it."""

    title: str
    is_vendor: bool
    document: str
    variables: dict[str, Any]


def measure(url: str) -> Iterator[Comparison]:
    """Yield the CPU time, the cost and their ratio of each operation, and the spread of the ratios."""
    ratios: list[float] = []
    for title, cpu, cost in asyncio.run(_measured(url)):
        ratios.append(cost / cpu / 1e3)
        yield Comparison(title, "CPU, cost, cost per ms", f"{cpu * 1e3:.1f} ms", f"{cost:,}", ratios[-1])
    yield Comparison("Cost per ms", "highest, lowest", f"{max(ratios):.1f}", f"{min(ratios):.1f}", max(ratios) / min(ratios))


async def _measured(url: str) -> list[tuple[str, float, int]]:
    async with open_app_context(url) as app:
        viewers = {True: await load_viewer(app, dataset.seller_id()), False: await load_viewer(app, dataset.rep_id(0))}
        scales = ReadingScales()
        for viewer in viewers.values():
            await scales.refresh(app.database.reading, viewer)
        cpu = CPUClock(await _postgres_pid(app))
        pipeline = _pipeline(app, scales)
        return [(one.title, *await _cpu_and_cost(pipeline, cpu, one, viewers[one.is_vendor])) for one in operations()]


def _pipeline(app: AppContext, scales: ReadingScales) -> Pipeline:
    application = Application[Any](
        authenticate=NotImplemented,
        context_for=lambda viewer, _: Context(app, viewer),
        describe=describe_error,
        reading_scale=scales.scale,
    )
    return Pipeline(schema, application, Policy(limits=Limits(cost=10**9), deadline=600))


async def _cpu_and_cost(pipeline: Pipeline, cpu: "CPUClock", one: Measured, viewer: Viewer) -> tuple[float, int]:
    parameters = Parameters(query=one.document, variables=one.variables)

    async def execute() -> int:
        operation = pipeline.admit(parameters, viewer, "benchmark")
        response = orjson.loads((await pipeline.execute(operation)).body)
        assert "errors" not in response, (one.title, response["errors"])
        return operation.cost

    cost, durations = await execute(), list[float]()
    while len(durations) < MOST_REPETITIONS and sum(durations) < MEASURED_SECONDS:
        started = cpu.seconds()
        await execute()
        durations.append(cpu.seconds() - started)
    return min(durations), cost


async def _postgres_pid(app: AppContext) -> int | None:
    """Return the process id of the PostgreSQL server; None on SQLite."""
    if app.database.reading.dialect == "sqlite":
        return None
    row = await app.database.reading.fetch_one("SELECT pg_backend_pid() AS pid")
    assert row is not None, "it is a function"
    return _parent_of(row["pid"])


class CPUClock:
    """The CPU seconds used by this process and all backends of a local PostgreSQL server."""

    def __init__(self, postgres_pid: int | None) -> None:
        self._postgres = postgres_pid

    def seconds(self) -> float:
        """Return the CPU seconds used so far; those of ended parallel workers are known in hundredths only."""
        if self._postgres is None:
            return time.process_time()
        backends = [
            pid
            for pid in [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
            if _parent_of(pid) == self._postgres
        ]
        return time.process_time() + _ended_children_seconds(self._postgres) + sum(map(_seconds_of, backends))


def _parent_of(pid: int) -> int | None:
    stat = _read(pid, "stat").rpartition(")")[2].split()
    return int(stat[1]) if stat else None


def _ended_children_seconds(pid: int) -> float:
    stat = _read(pid, "stat").rpartition(")")[2].split()
    return (int(stat[13]) + int(stat[14])) / os.sysconf("SC_CLK_TCK") if stat else 0.0


def _seconds_of(pid: int) -> float:
    scheduled = _read(pid, "schedstat").split()
    return int(scheduled[0]) / 1e9 if scheduled else 0.0


def _read(pid: int, name: str) -> str:
    """Return a file of a process; an empty text if it has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def operations() -> list[Measured]:
    """Return the operations of the table; most read as much as their kind can."""
    texts = [{"company": {"contains": f"zzzz{at}"}} for at in range(99)]
    filtered = f"query($filter: LeadFilter) {{ leads(first: 50, filter: $filter) {{ {ROWS} }} }}"
    counted = "query($filter: LeadFilter) { leads(first: 1, filter: $filter) { totalCount } }"
    facets = f"{{ leads(first: 1) {{ totalCount facets(fields: [{EVERY_FACET}]) {{ values {{ value count }} }} }} }}"
    report = f"query($from: DateTime!, $before: DateTime!) {{ leadReport(from: $from, before: $before) {{ {EVERY_FIGURE} }} }}"
    reports = "".join(
        f'r{at}: leadReport(from: "2026-01-{at + 1:02}T00:00:00Z", before: $before) {{ received accepted won open }} ' for at in range(15)
    )
    figure = "query($from: DateTime!, $before: DateTime!) { leadReport(from: $from, before: $before) { received } }"
    board = f"query($by: LeadBoardGrouping) {{ leadBoard(groupBy: $by) {{ columns {{ count leads(first: 20) {{ {ROWS} }} }} }} }}"
    columns = f"query($filter: LeadFilter) {{ leadBoard(filter: $filter) {{ columns {{ leads(first: 20) {{ {ROWS} }} }} }} }}"
    ordered = f"query($sort: [LeadSort!]) {{ leads(first: 50, sort: $sort) {{ {ROWS} }} }}"
    export = "mutation($input: ExportLeadsInput!) { exportLeads(input: $input) { export { rowCount } } }"
    duplicates = "{ leads(first: 50) { nodes { duplicates(first: 2) { matchedOn lead { reference } } } } }"
    page = f"{{ leads(first: 200) {{ nodes {{ {FIELDS} }} }} }}"
    nowhere, french = {"countries": ["AQ"]}, {"countries": ["FR"]}
    return [
        Measured("Vendor: 200 leads", True, page, {}),
        Measured("Partner: 200 leads", False, page, {}),
        Measured("Vendor: filter without matches", True, filtered, {"filter": nowhere}),
        Measured("Partner: filter without matches", False, filtered, {"filter": nowhere}),
        Measured("Vendor: 10 text conditions", True, filtered, {"filter": {"or": texts[:10]}}),
        Measured("Partner: 99 text conditions", False, filtered, {"filter": {"or": texts}}),
        Measured("Vendor: sorted by company", True, ordered, {"sort": [{"field": "COMPANY"}]}),
        Measured("Partner: sorted by last name", False, ordered, {"sort": [{"field": "LAST_NAME"}]}),
        Measured(
            "Vendor: sorted by four keys",
            True,
            ordered,
            {"sort": [{"field": key} for key in ("STATUS", "COUNTRY", "LAST_NAME", "COMPANY")]},
        ),
        Measured("Vendor: total with a filter", True, counted, {"filter": french}),
        Measured("Partner: total with a filter", False, counted, {"filter": french}),
        Measured("Vendor: 16 facets", True, facets, {}),
        Measured("Partner: 16 facets", False, facets, {}),
        Measured("Vendor: board by stage", True, board, {"by": "STAGE"}),
        Measured("Vendor: board by owner", True, board, {"by": "OWNER"}),
        Measured("Partner: board by listing", False, board, {"by": "LISTING"}),
        Measured("Vendor: board, filter without matches", True, columns, {"filter": nowhere}),
        Measured("Vendor: report, all figures", True, report, PERIOD),
        Measured("Vendor: report, one figure", True, figure, PERIOD),
        Measured("Partner: report, all figures", False, report, PERIOD),
        Measured("Partner: 15 reports", False, f"query($before: DateTime!) {{ {reports}}}", {"before": PERIOD["before"]}),
        Measured("Vendor: responsiveness of 100 partners", True, "{ partners(first: 100) { nodes { responsiveness { answered } } } }", {}),
        Measured("Partner: recommendations", False, "{ recommendedLeads { reason lead { reference } } }", {}),
        Measured("Partner: duplicates of 50 leads", False, duplicates, {}),
        Measured("Vendor: link to an export", True, export, {"input": {"filter": french}}),
    ]
