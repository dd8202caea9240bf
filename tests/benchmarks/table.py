"""Print the table of results."""

from collections.abc import Iterable
from typing import Final, NamedTuple

HEADINGS: Final = ("", "measured", "gql_leads", "baseline", "ratio")


class Comparison(NamedTuple):
    """One row: a measured figure of the service and of its baseline."""

    title: str
    measured: str
    ours: str
    baseline: str
    ratio: float | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The five cells of the row."""
        return (*self[:4], "" if self.ratio is None else f"{self.ratio:.2f}")


def print_table(title: str, comparisons: Iterable[Comparison]) -> None:
    """Print the comparisons as a Markdown table."""
    print(f"\n**{title}**\n")
    rows = [HEADINGS, *(comparison.cells for comparison in comparisons)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
        if at == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
