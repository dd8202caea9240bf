"""What to read of each row: only what was asked for."""

from dataclasses import dataclass
from typing import Final

SEPARATOR: Final = "__"
"""Between the name of an object beside a row and one of its columns."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Columns of a row itself, and of the objects beside it, such as `partner__name`."""

    columns: frozenset[str]

    @property
    def own(self) -> list[str]:
        """The row's own columns."""
        return sorted(name for name in self.columns if SEPARATOR not in name)

    @property
    def beside(self) -> list[tuple[str, str]]:
        """Objects beside it, each with a column that is read."""
        return [(name, column) for name, between, column in sorted(one.partition(SEPARATOR) for one in self.columns) if between]

    @property
    def joins(self) -> list[str]:
        """The objects beside it of which anything is read."""
        return list(dict.fromkeys(name for name, _ in self.beside))


def named(name: str, column: str) -> str:
    """What a column of an object beside a row is called."""
    return f"{name}{SEPARATOR}{column}"
