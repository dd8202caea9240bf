"""`python -m tests.benchmarks`: measure, and print a table of ratios."""

import argparse
import asyncio
import os
import platform
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from gql_leads.store.database.migrate import migrate
from tests.benchmarks import claiming, exporting, fanout, insight, reading, searching, world
from tests.benchmarks.table import Line, print_table
from tests.benchmarks.world import Size
from tests.databases import Databases, databases
from tests.postgres_server import postgres_server

KEPT: Final = Path(__file__).parents[2] / ".benchmarks"
NAMES: Final = ("q1", "q2", "q3", "q4", "search", "insight", "claims", "export", "fanout")


def main() -> None:
    """Measure what was asked for."""
    asked = _arguments()
    _allow_many_sockets()
    size = Size(asked.leads)
    source, to_claim = _kept(size), _kept(claiming.size_for(asked.rounds))
    started = time.monotonic()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {size.leads:,} leads, {asked.rounds} rounds")
    for dialect in ("sqlite", "postgres") if asked.database == "both" else (asked.database,):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gql-leads-bench-")))
            server = stack.enter_context(postgres_server(os.environ)) if dialect == "postgres" else None
            made = stack.enter_context(databases(server.url if server else None, folder, migrate))
            title = f"PostgreSQL ({server.origin})" if server else "SQLite"
            print_table(title, _measured(asked, size, (source, to_claim), made, folder))
    print(f"\nMeasured in {time.monotonic() - started:.0f} s.")


def _measured(asked: argparse.Namespace, size: Size, sources: tuple[Path, Path], made: Databases, folder: Path) -> Iterator[Line]:
    only = set(asked.only)
    source, to_claim = sources
    url = _filled(made, source)
    if not only or only & {"q1", "q2", "q3", "q4"}:
        yield from reading.measure(url, folder, size, asked.rounds, only)
    if not only or "search" in only:
        yield from searching.measure(url)
    if not only or "insight" in only:
        yield from insight.measure(url)
    if not only or "claims" in only:
        yield from claiming.measure(_filled(made, to_claim), asked.rounds)
    if not only or "export" in only:
        yield from exporting.measure(url, folder, size, asked.rounds)
    if not only or "fanout" in only:
        for subscribers in (100, 2_000, 5_000) if asked.heavy else (100, 5_000):
            yield from fanout.measure(url, folder, size, subscribers)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--leads", type=int, default=200_000, help="how many leads there are (200000)")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=(), help="measure these alone")
    parser.add_argument("--rounds", type=int, default=3, help="how often each of Q1 to Q4, claims and exports is measured (3)")
    parser.add_argument("--heavy", action="store_true", help="2,000 subscribers as well")
    return parser.parse_args()


def _kept(size: Size) -> Path:
    """The SQLite file with this world, made where it is not there, or was made by other migrations or another generator."""
    KEPT.mkdir(exist_ok=True)
    path = KEPT / f"{world.fingerprint(size)}.db"
    if not path.exists():
        print(f"Making {size.leads:,} leads ...", flush=True)
        partial = path.with_suffix(".partial")
        for left in KEPT.glob(f"{partial.name}*"):
            left.unlink()
        asyncio.run(migrate(f"sqlite://{partial}"))
        world.fill(partial, size)
        partial.rename(path)
    return path


def _filled(made: Databases, source: Path) -> str:
    """A database of its own with the rows of the kept file."""
    if not (url := made.migrated()).startswith("sqlite://"):
        asyncio.run(world.copy(source, url))
        return url
    Path(url.removeprefix("sqlite://")).write_bytes(source.read_bytes())
    return url


def _allow_many_sockets() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
