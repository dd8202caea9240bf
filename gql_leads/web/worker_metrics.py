"""Metrics of several worker processes behind one port, by the multiprocess mode of prometheus_client.

Each worker keeps its values in files of a shared folder, and the worker that is asked for `/metrics` adds them up. Values of workers that
have ended stay in the counters, which must not decrease, and leave the gauges.
"""

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client finds the folder; it must be set before the client is imported."""


@contextmanager
def metrics_folder(environ: MutableMapping[str, str]) -> Iterator[None]:
    """Give the workers that start in this block a temporary folder by their environment, unless it has one."""
    if FOLDER_VARIABLE in environ:
        yield
        return
    with TemporaryDirectory(prefix="gql-leads-metrics-") as folder:
        environ[FOLDER_VARIABLE] = folder
        try:
            yield
        finally:
            del environ[FOLDER_VARIABLE]


def is_shared() -> bool:
    """Return whether this process shares its metrics with other workers."""
    return FOLDER_VARIABLE in os.environ


def shared_registry() -> CollectorRegistry:
    """Return a registry with the metrics of all workers."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    for pid in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_live*_*.db")}:
        if not _is_running(pid):
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # prometheus_client does not type it
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # nor this
    return registry


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
