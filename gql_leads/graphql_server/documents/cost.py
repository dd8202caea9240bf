"""What an operation costs: the nodes that its connections may answer with, as a term in the sizes of their pages."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Sizes(NamedTuple):
    """A connection's `first` and `last` as written, or how many `ids`: a number, the name of a variable, or nothing; and its default."""

    written: tuple[int | str, ...]
    default: int
    largest: int


class CostTerm(NamedTuple):
    """A node of the cost: a connection with its sizes, or a mere group (no sizes) that fragments share."""

    sizes: Sizes | None
    parts: tuple["CostTerm", ...]


def size_of(value: Any) -> int | None:
    """Read a page size from an uncoerced value, a number or a list of ids; anything else is nothing."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return max(0, int(value))


def cost_of(term: CostTerm | None, values: Mapping[str, int | None]) -> int:
    """Add up a cost: each connection its size times the sizes of those around it; a shared part is worked out once."""
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
    """Tell how many nodes a connection may answer with."""
    said = [values[size] if isinstance(size, str) else size for size in sizes.written]
    return min(sizes.largest, max((size for size in said if size is not None), default=sizes.default))
