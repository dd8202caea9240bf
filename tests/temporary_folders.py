"""Temporary folders for databases: in memory if there is enough space, because tests need no durable files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
MIN_FREE_BYTES: Final = 2 * 1024**3


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """Create a folder for the duration of the block; its parent is accessible to every account."""
    with tempfile.TemporaryDirectory(prefix=prefix, dir=MEMORY if _has_space(MEMORY) else "/tmp") as folder:
        yield Path(folder)


def _has_space(place: Path) -> bool:
    return os.access(place, os.W_OK) and shutil.disk_usage(place).free >= MIN_FREE_BYTES
