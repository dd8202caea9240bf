"""Projection: the columns of a row and of joined relations that a selection needs."""

from dataclasses import dataclass
from typing import Final

SEPARATOR: Final = "__"
"""Separator between the name of a joined relation and its column."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Columns of a row and of its joined relations, such as `partner__name`."""

    columns: frozenset[str]

    @property
    def own(self) -> list[str]:
        """The row's own columns."""
        return sorted(name for name in self.columns if SEPARATOR not in name)

    @property
    def joined(self) -> list[tuple[str, str]]:
        """Columns of joined relations, as pairs of relation and column."""
        return [(name, column) for name, between, column in sorted(one.partition(SEPARATOR) for one in self.columns) if between]

    @property
    def joins(self) -> list[str]:
        """Joined relations of which at least one column is read."""
        return list(dict.fromkeys(name for name, _ in self.joined))


def named(name: str, column: str) -> str:
    """Return the alias of a joined relation's column."""
    return f"{name}{SEPARATOR}{column}"
