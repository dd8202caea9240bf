"""Folders for what is not worth waiting for a disk, because it is gone when the tests are: in memory, where there is room."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ROOM: Final = 2 * 1024**3


@contextmanager
def passing_folder(prefix: str) -> Iterator[Path]:
    """A folder that lives as long as the block, directly below one that every account may enter."""
    with tempfile.TemporaryDirectory(prefix=prefix, dir=MEMORY if _has_room(MEMORY) else "/tmp") as folder:
        yield Path(folder)


def _has_room(place: Path) -> bool:
    return os.access(place, os.W_OK) and shutil.disk_usage(place).free >= ROOM
