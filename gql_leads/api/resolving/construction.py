"""Construction of objects that hold only the selected fields."""

from typing import TypeVar

T = TypeVar("T")


def construct(kind: type[T], /, **attributes: object) -> T:
    """Return an instance with only these attributes, without calling `__init__`."""
    instance = object.__new__(kind)
    instance.__dict__.update(attributes)
    return instance
