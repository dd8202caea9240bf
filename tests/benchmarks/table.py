"""The table that is printed."""

from collections.abc import Iterable
from typing import Final, NamedTuple

HEADINGS: Final = ("", "measured", "gql_leads", "beside", "ratio")


class Line(NamedTuple):
    """One comparison."""

    title: str
    measured: str
    ours: str
    beside: str
    ratio: float | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """As it is printed."""
        return (*self[:4], "" if self.ratio is None else f"{self.ratio:.2f}")


def print_table(title: str, lines: Iterable[Line]) -> None:
    """A Markdown table, so that it can be pasted."""
    print(f"\n**{title}**\n")
    rows = [HEADINGS, *(line.cells for line in lines)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if at == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
