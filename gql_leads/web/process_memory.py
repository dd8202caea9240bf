"""Resident memory of this process by kind, on Linux."""

from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")
KINDS: Final = {"RssAnon": "private", "RssFile": "mapped", "RssShmem": "shared"}
"""Names in the status file. Mapped memory is the kernel's copy of files, such as an SQLite database."""


def resident_memory() -> dict[str, int]:
    """Return the bytes of each kind; empty where there is no such file."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return {}
    fields = dict(line.split(":", 1) for line in lines)
    return {kind: int(fields[name].split()[0]) * 1024 for name, kind in KINDS.items() if name in fields}
