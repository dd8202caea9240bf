"""Declarations of the attributes of leads, and of the records that leads are converted into.

Each field of these dataclasses carries an `Attribute` in its metadata. The masks of queries, erasure, purge, history, event snapshots,
filters and the CSV export are derived from the declarations when the modules are imported. A field without a declaration fails there.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_KEY: Final = "attribute"


class VisibilityClass(Enum):
    """Viewers from whom an attribute is hidden although they see its lead."""

    PUBLIC = "hidden from nobody"
    CONTACT = "hidden while the lead is unclaimed, and once it is expired or erased"
    MASKED = "shown without the contact's names and addresses where the contact is hidden"
    WORK = "hidden from senders"


class Personal(Enum):
    """Effect of erasure and purge on the value of an attribute."""

    NO = "kept by both"
    YES = "removed by both"
    MAYBE = "removed by erasure only if it names the contact, and always by purge"
    DERIVED = "computed from personal data: reset by erasure, kept by purge for the reports"


class CsvColumn(NamedTuple):
    """Column of the CSV export that shows an attribute."""

    position: int
    """Columns are sorted by it. A new column takes the next free number, so that files of all releases begin alike."""
    heading: str
    is_code: bool = False
    """True if the text has only letters and digits. Any other text is escaped, because spreadsheets could run it as a formula."""


class Detail(NamedTuple):
    """Input rule of an attribute that members enter when they create or update a lead."""

    max_length: int | None = None
    """Maximum number of characters of a free text; None for other values."""
    has_lines: bool = False
    """True if the text may have line breaks and tabs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """Declaration of one attribute."""

    visibility: VisibilityClass
    personal: Personal = Personal.NO
    is_required_text: bool = False
    """True if the API promises a text wherever one was set: erasure then writes a placeholder instead of None."""
    audited: tuple[str, ...] = ()
    """Paths in the API under which the history shows its changes. Attributes that share a path are shown as one value."""
    in_snapshot: bool = False
    """True if event snapshots hold it, so that streams can be filtered by it. Erasure removes personal values from them."""
    is_folded: bool = False
    """True if a folded copy is stored to sort and search by."""
    is_versioned: bool = True
    """False if a change of this attribute alone leaves the version of the record."""
    csv: CsvColumn | None = None
    detail: Detail | None = None


def public(*audited: str, **more: Any) -> dict[str, Attribute]:
    """Return the metadata of a field that is shown to everybody who sees the record."""
    return {_KEY: Attribute(visibility=VisibilityClass.PUBLIC, audited=audited, **more)}


def contact(*audited: str, **more: Any) -> dict[str, Attribute]:
    """Return the metadata of a field that is hidden together with the contact."""
    return {_KEY: Attribute(visibility=VisibilityClass.CONTACT, audited=audited, **more)}


def masked(*audited: str, **more: Any) -> dict[str, Attribute]:
    """Return the metadata of a customer's free text, masked by `<name>_masked` while the contact is hidden."""
    return {_KEY: Attribute(visibility=VisibilityClass.MASKED, audited=audited, **more)}


def work(*audited: str, **more: Any) -> dict[str, Attribute]:
    """Return the metadata of a field that is hidden from senders."""
    return {_KEY: Attribute(visibility=VisibilityClass.WORK, audited=audited, **more)}


def attributes_of(kind: type) -> Mapping[str, Attribute]:
    """Return the declarations of a dataclass by field name; raise TypeError if one is missing or contradicts itself."""
    found: dict[str, Attribute] = {}
    for field in fields(kind):
        attribute = field.metadata.get(_KEY)
        if not isinstance(attribute, Attribute):
            raise TypeError(f"{kind.__name__}.{field.name} has no visibility class: public(), contact(), masked() or work().")
        found[field.name] = attribute
    return MappingProxyType(found)


@cache
def defaults_of(kind: type) -> Mapping[str, object]:
    """Return the declared defaults of a dataclass by field name, without the required fields."""
    return MappingProxyType({field.name: field.default for field in fields(kind) if field.default is not MISSING})
