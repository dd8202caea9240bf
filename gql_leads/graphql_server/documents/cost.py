"""The cost of an operation: the nodes that its connections can return, and the work that its fields do besides.

One unit is the work of one node in a list. `Work` in the metadata of fields, arguments and input fields declares the rest.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from operator import add
from typing import Any, Final, NamedTuple


class Work(NamedTuple):
    """The cost of a field besides its nodes, or of a value that is given for an argument or input field."""

    nodes: int = 0
    """The cost of each execution, however much data there is."""
    rows: int = 0
    """The cost of what it reads of all rows that the caller sees, at the application's full scale; once for all objects of a level."""
    passes: int = 0
    """How many times the conditions are evaluated on these rows."""
    condition: int = 0
    """The cost of one condition in each pass of its field and of the fields under it, at full scale."""
    fixed_passes: float = 0.0
    """Passes over rows whose number does not depend on the caller, such as 0.01 for a hundredth of the full scale."""

    def plus(self, other: "Work") -> "Work":
        """Return the sum."""
        return Work(*map(add, self, other))


NO_WORK: Final = Work()


class Cost(NamedTuple):
    """The part of a cost that is constant, and the part that grows with the rows in sight, at full scale."""

    nodes: int = 0
    rows: int = 0


class Sizes(NamedTuple):
    """The sizes written in a connection, each a number or a variable's name; its default and maximum."""

    written: tuple[int | str, ...]
    default: int
    largest: int


class CostTerm(NamedTuple):
    """A term of the cost: a field with its sizes and work, or a sum (sizes None) of several terms."""

    sizes: Sizes | None
    parts: tuple["CostTerm", ...]
    work: Work = NO_WORK
    variables: tuple[int, ...] = ()
    """The indexes of the works of values that variables give."""


def size_of(value: Any) -> int | None:
    """Return the page size of an uncoerced value, a number or a list of ids; None for anything else."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return max(0, int(value))


def cost_of(term: CostTerm | None, values: Mapping[str, int | None], works: Sequence[Work] = ()) -> Cost:
    """Compute a cost: each connection's size times those around it; a shared term is computed once."""
    known: dict[tuple[int, int], Cost] = {}

    def count(term: CostTerm, condition: int) -> Cost:
        cost = known.get((id(term), condition))
        if cost is None:
            cost = known[id(term), condition] = counted(term, condition)
        return cost

    def counted(term: CostTerm, condition: int) -> Cost:
        work = term.work
        for index in term.variables:
            work = work.plus(works[index])
        condition = work.condition or condition
        parts = [count(part, condition) for part in term.parts]
        nodes, rows = sum(part.nodes for part in parts), sum(part.rows for part in parts)
        if term.sizes is not None:
            nodes = page(term.sizes, values) * (1 + nodes)
        nodes += work.nodes + ceil(work.fixed_passes * condition)
        return Cost(nodes, rows + work.rows + work.passes * condition)

    return count(term, 0) if term else Cost()


def page(sizes: Sizes, values: Mapping[str, int | None]) -> int:
    """Return the number of nodes that a connection can return."""
    said = [values[size] if isinstance(size, str) else size for size in sizes.written]
    return min(sizes.largest, max((size for size in said if size is not None), default=sizes.default))
