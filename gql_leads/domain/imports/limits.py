"""Limits of an imported file."""

from dataclasses import dataclass
from typing import Final

MOST_COLUMNS: Final = 200


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """Largest size of an imported file in bytes, and in rows without the header."""

    size: int = 200_000_000
    rows: int = 1_000_000


DEFAULT_LIMITS: Final = ImportLimits()
