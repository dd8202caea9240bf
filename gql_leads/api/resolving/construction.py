"""Objects that hold what was selected, and nothing else."""

from typing import TypeVar

T = TypeVar("T")


def construct(kind: type[T], /, **facts: object) -> T:
    """An instance with these attributes, whatever its type asks for: what was not selected is not there."""
    instance = object.__new__(kind)
    instance.__dict__.update(facts)
    return instance
