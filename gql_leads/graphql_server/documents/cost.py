"""The cost of an operation: the number of nodes its connections can return, as a term of their page sizes."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Sizes(NamedTuple):
    """The sizes written in a connection, each a number or a variable's name; its default and maximum."""

    written: tuple[int | str, ...]
    default: int
    largest: int


class CostTerm(NamedTuple):
    """A term of the cost: a connection with its sizes, or a sum (sizes None) that several fragment spreads share."""

    sizes: Sizes | None
    parts: tuple["CostTerm", ...]


def size_of(value: Any) -> int | None:
    """Return the page size of an uncoerced value, a number or a list of ids; None for anything else."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return max(0, int(value))


def cost_of(term: CostTerm | None, values: Mapping[str, int | None]) -> int:
    """Compute a cost: each connection's size times those around it; a shared term is computed once."""
    known: dict[int, int] = {}

    def count(term: CostTerm) -> int:
        cost = known.get(id(term))
        if cost is None:
            inner = sum(map(count, term.parts))
            cost = inner if term.sizes is None else page(term.sizes, values) * (1 + inner)
            known[id(term)] = cost
        return cost

    return count(term) if term else 0


def page(sizes: Sizes, values: Mapping[str, int | None]) -> int:
    """Return the number of nodes that a connection can return."""
    said = [values[size] if isinstance(size, str) else size for size in sizes.written]
    return min(sizes.largest, max((size for size in said if size is not None), default=sizes.default))
