"""Objects that hold what was selected, and nothing else."""

from typing import TypeVar

Kind = TypeVar("Kind")


def made(kind: type[Kind], /, **facts: object) -> Kind:
    """An instance with these attributes, whatever its type asks for: what was not selected is not there."""
    instance = object.__new__(kind)
    instance.__dict__.update(facts)
    return instance
