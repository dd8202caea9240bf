"""Compare q1 to q4 with the baseline server: CPU time per request, and requests per second."""

from base64 import b64encode
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from tests.benchmarks import dataset, http_load
from tests.benchmarks.dataset import DatasetSize
from tests.benchmarks.processes import TOKENS, ServerProcess, handwritten_server, service
from tests.benchmarks.queries import TERM, BenchmarkQuery, benchmark_queries
from tests.benchmarks.table import Comparison

SECONDS: Final = 1.5
WARM_UP_SECONDS: Final = 0.5
PARTNERS: Final = 8
"""Number of partners whose sales reps send the requests in turn."""


class Usage(NamedTuple):
    """CPU seconds per request, and requests per second, in one round."""

    cpu: float
    rate: float


class Requests(NamedTuple):
    """The encoded requests of one query, for the service and for the baseline."""

    query: BenchmarkQuery
    service: tuple[bytes, ...]
    baseline: tuple[bytes, ...]


@contextmanager
def servers(url: str, folder: Path) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Run the service and the baseline on one database."""
    with service(url, folder) as ours, handwritten_server("baseline", url) as baseline:
        yield ours, baseline


def measure(url: str, folder: Path, size: DatasetSize, rounds: int, only: Collection[str]) -> Iterator[Comparison]:
    """Yield two comparisons for each query."""
    requests = [one for one in _requests(size) if not only or one.query.name in only]
    with servers(url, folder) as (ours, baseline):
        for one in requests:
            _check(one, ours, baseline)
            http_load.run(ours.port, one.service, WARM_UP_SECONDS)
            http_load.run(baseline.port, one.baseline, WARM_UP_SECONDS)
        usages_by_query: dict[str, tuple[list[Usage], list[Usage]]] = {one.query.name: ([], []) for one in requests}
        for _ in range(rounds):
            for one in requests:
                usages_by_query[one.query.name][0].append(_usage(ours, one.service))
                usages_by_query[one.query.name][1].append(_usage(baseline, one.baseline))
    for one in requests:
        own, other = (Usage(*map(median, zip(*usages, strict=True))) for usages in usages_by_query[one.query.name])
        yield Comparison(one.query.title, "CPU per request", f"{own.cpu * 1e3:.2f} ms", f"{other.cpu * 1e3:.2f} ms", own.cpu / other.cpu)
        yield Comparison("", "requests per second", f"{own.rate:,.0f}", f"{other.rate:,.0f}", own.rate / other.rate)


def _requests(size: DatasetSize) -> Iterator[Requests]:
    now = datetime.now(UTC)
    partners = range(min(PARTNERS, size.partners))
    leads = [dataset.first_with_notes(partner, size) for partner in partners]
    tokens = [TOKENS.mint(dataset.rep_id(partner), now, timedelta(hours=2)) for partner in partners]
    queries = [benchmark_queries(b64encode(f"Lead:{lead}".encode()).decode()) for lead in leads]
    for same in zip(*queries, strict=True):
        yield Requests(
            same[0],
            tuple(http_load.request(one.graphql, token) for one, token in zip(same, tokens, strict=True)),
            tuple(
                http_load.request({"name": one.name, "partner": str(dataset.partner_id(partner)), "lead": str(lead), "term": TERM})
                for one, partner, lead in zip(same, partners, leads, strict=True)
            ),
        )


def _check(requests: Requests, ours: ServerProcess, baseline: ServerProcess) -> None:
    """Raise AssertionError if the two servers return different data."""
    for own, other in zip(requests.service, requests.baseline, strict=True):
        data, expected = http_load.fetch_data(ours.port, own), http_load.fetch_data(baseline.port, other)
        if data != expected:
            raise AssertionError(f"{requests.query.title}: the service returned\n{data}\nand the baseline\n{expected}")


def _usage(server: ServerProcess, requests: tuple[bytes, ...]) -> Usage:
    before = server.cpu
    result = http_load.run(server.port, requests, SECONDS)
    return Usage((server.cpu - before) / result.requests, result.requests / result.seconds)
