"""Columns of an imported file, recognised by their headings.

The headings are those of this service's export and of the exports of Salesforce, HubSpot, Microsoft (Dynamics 365, Outlook) and Oracle
(Sales, Eloqua) in five languages. They are compared without case, accents, spaces and punctuation.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.imports.headings import HEADINGS, OWN_HEADINGS
from gql_leads.domain.values.text_folding import fold_for_search

OWN: Final = "own"
"""Stands for the headings of this service's export, beside the languages."""
_LAST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its position, heading and field."""

    position: int
    heading: str
    field: LeadImportField
    is_exact: bool
    """True if the heading was mapped by the user or is this service's own: a value that is not known is then an error.

    Other products have other statuses, sources and sizes; those that have no counterpart here are left out.
    """


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about a column of the file."""

    heading: str
    message: str


@dataclass(frozen=True, slots=True)
class Header:
    """The recognised columns by field, the preferred one first, and remarks on the others."""

    width: int
    columns: Mapping[LeadImportField, tuple[Column, ...]]
    remarks: tuple[Remark, ...]


def folded_heading(heading: str) -> str:
    """Return the heading as it is compared: without case, accents, spaces and punctuation."""
    return "".join(one for one in fold_for_search(heading) if one.isalnum())


def read_header(headings: Sequence[str], mapping: Iterable[tuple[str, LeadImportField]] = ()) -> Header:
    """Return the columns of a header row; the mapping has precedence over what is recognised."""
    mapped = {folded_heading(heading): field for heading, field in mapping}
    folded = [folded_heading(heading) for heading in headings]
    meanings = [_MEANINGS.get(one, {}) for one in folded]
    language = _language_of(meanings)
    columns: dict[LeadImportField, list[tuple[int, Column]]] = {}
    remarks = [
        Remark(heading, "The mapping names this column, but the file has none with this heading.")
        for heading, _ in mapping
        if folded_heading(heading) not in folded
    ]
    for position, (heading, key, meaning) in enumerate(zip(headings, folded, meanings, strict=True)):
        field, rank, is_exact = _field_of(key, meaning, mapped, language)
        if field is not None:
            columns.setdefault(field, []).append((rank, Column(position, heading, field, is_exact)))
        elif heading.strip():
            remarks.append(Remark(heading, _unknown(meaning)))
    columns.pop(LeadImportField.IGNORE, None)
    ordered = {field: tuple(one for _, one in sorted(found, key=lambda one: one[0])) for field, found in columns.items()}
    return Header(len(headings), ordered, tuple(remarks))


Meanings = Mapping[str, tuple[LeadImportField, int]]
"""Field and rank by language."""


def _field_of(
    key: str, meanings: Meanings, mapped: Mapping[str, LeadImportField], language: str | None
) -> tuple[LeadImportField | None, int, bool]:
    """Return the field of a heading, its rank among the headings of this field, and whether its values are exact."""
    if key in mapped:
        return mapped[key], -1, True
    if OWN in meanings:
        return *meanings[OWN], True
    fields = {field for field, _ in meanings.values()}
    if len(fields) == 1:
        return next(iter(fields)), min(rank for _, rank in meanings.values()), False
    if language is not None and language in meanings:
        return *meanings[language], False
    return None, 0, False


def _language_of(meanings: Iterable[Meanings]) -> str | None:
    """Return the language of most headings that have one meaning; None if two languages have as many."""
    votes = Counter(language for one in meanings if len({field for field, _ in one.values()}) == 1 for language in one if language != OWN)
    first, second, *_ = [*votes.most_common(2), (None, 0), (None, 0)]
    return first[0] if first[1] > second[1] else None


def _unknown(meanings: Meanings) -> str:
    if meanings:
        fields = " or ".join(sorted({field.value for field, _ in meanings.values()}))
        return f"This column may be {fields}. It is left out: say in the mapping which it is."
    return "This column is not known and is left out. Name its field in the mapping if the leads should have it."


def _meanings() -> dict[str, dict[str, tuple[LeadImportField, int]]]:
    found: dict[str, dict[str, tuple[LeadImportField, int]]] = {}
    for heading, field in OWN_HEADINGS.items():
        # Outlook has a column "Title" for Mr. and Ms. beside "Job Title".
        found.setdefault(folded_heading(heading), {})[OWN] = (field, _LAST if field is LeadImportField.TITLE else 0)
    for language, fields in HEADINGS.items():
        for field, headings in fields.items():
            for rank, heading in enumerate(headings.split("|"), 1):
                found.setdefault(folded_heading(heading), {}).setdefault(language, (field, rank))
    return found


_MEANINGS: Final = _meanings()
