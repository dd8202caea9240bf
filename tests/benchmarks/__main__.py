"""`python -m tests.benchmarks`: measure, and print a table of ratios."""

import argparse
import asyncio
import gc
import os
import platform
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from gql_leads.cli.serve import GC_THRESHOLD
from gql_leads.store.database.migrate import migrate
from tests.benchmarks import analytics, claims, costs, dataset, exports, fanout, mails, reads, replays, search, sign_ins, soak, webhooks
from tests.benchmarks.dataset import DatasetSize
from tests.benchmarks.intake import forms, imports
from tests.benchmarks.table import Comparison, print_table
from tests.databases import Databases, databases
from tests.postgres_server import postgres_server

CACHE: Final = Path(__file__).parents[2] / ".benchmarks"
IMPORTED_ROWS: Final = 20_000
WEBHOOK_DELIVERIES: Final = 2_000
NAMES: Final = (
    *("q1", "q2", "q3", "q4", "search", "analytics", "costs", "claims", "export", "imports", "forms"),
    *("fanout", "replays", "sign-ins", "mails", "webhooks", "soak"),
)


def main() -> None:
    """Run the benchmarks that the arguments select, on each database, and print one table for each."""
    arguments = _arguments()
    _allow_many_sockets()
    gc.set_threshold(GC_THRESHOLD)  # as the server does, because some operations are executed in this process
    size = DatasetSize(arguments.leads)
    source, claimable = _cached_dataset(size), _cached_dataset(claims.size_for(arguments.rounds))
    started = time.monotonic()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {size.leads:,} leads, {arguments.rounds} rounds"
    )
    for dialect in ("sqlite", "postgres") if arguments.database == "both" else (arguments.database,):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gql-leads-bench-")))
            server = stack.enter_context(postgres_server(os.environ)) if dialect == "postgres" else None
            created = stack.enter_context(databases(server.url if server else None, folder, migrate))
            title = f"PostgreSQL ({server.origin})" if server else "SQLite"
            print_table(title, _comparisons(arguments, size, (source, claimable), created, folder))
    print(f"\nMeasured in {time.monotonic() - started:.0f} s.")


def _comparisons(
    arguments: argparse.Namespace, size: DatasetSize, sources: tuple[Path, Path], created: Databases, folder: Path
) -> Iterator[Comparison]:
    only = set(arguments.only)
    source, claimable = sources
    url = _filled_database(created, source)
    if not only or only & {"q1", "q2", "q3", "q4"}:
        yield from reads.measure(url, folder, size, arguments.rounds, only)
    if not only or "search" in only:
        yield from search.measure(url)
    if not only or "analytics" in only:
        yield from analytics.measure(url)
    if not only or "costs" in only:
        yield from costs.measure(url)
    if not only or "claims" in only:
        yield from claims.measure(_filled_database(created, claimable), arguments.rounds)
    if not only or "export" in only:
        yield from exports.measure(url, folder, size, arguments.rounds)
    if not only or "imports" in only:
        yield from imports.measure(created, IMPORTED_ROWS)
    if not only or "forms" in only:
        yield from forms.measure(_filled_database(created, source), folder, arguments.rounds)
    if not only or "fanout" in only:
        for subscribers in (100, 2_000, 5_000) if arguments.heavy else (100, 5_000):
            yield from fanout.measure(url, folder, size, subscribers)
    if not only or "replays" in only:
        yield from replays.measure(url, folder, size)
    if not only or "sign-ins" in only:
        yield from sign_ins.measure(url, folder, arguments.rounds)
    if not only or "mails" in only:
        yield from mails.measure(url, folder)
    if not only or "webhooks" in only:
        yield from webhooks.measure(created, WEBHOOK_DELIVERIES)
    if "soak" in only:
        yield from soak.measure(_filled_database(created, source), folder, size, arguments.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--leads", type=int, default=200_000, help="number of leads (default 200000)")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=(), help="run only these benchmarks")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each of Q1 to Q4, claims and exports (default 3)")
    parser.add_argument("--seconds", type=float, default=480, help="duration of the soak, which runs only if it is selected (default 480)")
    parser.add_argument("--heavy", action="store_true", help="also measure fan-out with 2,000 subscribers")
    return parser.parse_args()


def _cached_dataset(size: DatasetSize) -> Path:
    """Return the SQLite file with this dataset; generate it if migrations or the generator changed since it was cached."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / f"{dataset.fingerprint(size)}.db"
    if not path.exists():
        print(f"Generating {size.leads:,} leads ...", flush=True)
        partial = path.with_suffix(".partial")
        for leftover in CACHE.glob(f"{partial.name}*"):
            leftover.unlink()
        asyncio.run(migrate(f"sqlite://{partial}"))
        dataset.fill(partial, size)
        partial.rename(path)
    return path


def _filled_database(created: Databases, source: Path) -> str:
    """Create a database with the rows of the cached file and return its URL."""
    if not (url := created.migrated()).startswith("sqlite://"):
        asyncio.run(dataset.copy(source, url))
        return url
    Path(url.removeprefix("sqlite://")).write_bytes(source.read_bytes())
    return url


def _allow_many_sockets() -> None:
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


if __name__ == "__main__":
    main()
