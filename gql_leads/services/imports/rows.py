"""Rows of an imported file as validated values, before anything is looked up in the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gql_leads.domain.commands import ContactFields, LeadFields
from gql_leads.domain.errors import Invalid
from gql_leads.domain.imports.cell_values import MOST_CHARACTERS, WrongCell, unescaped, value_of
from gql_leads.domain.imports.fields import FOR_ADMINISTRATORS, LeadImportField
from gql_leads.domain.imports.headers import Header
from gql_leads.domain.leads.lead import DETAILS, LeadOutcome, LeadStage
from gql_leads.domain.leads.references import normal_reference, whole_reference
from gql_leads.domain.values.money import Money
from gql_leads.domain.values.validation import UNSET, Validator
from gql_leads.services.campaigns import LONGEST_CODE
from gql_leads.services.imports.csv_records import Record
from gql_leads.services.leads.contact_details import check_details
from gql_leads.services.leads.notes import LONGEST_NOTE
from gql_leads.store.intake.imports.progress import RowError

F = LeadImportField
LONGEST_REFERENCE: Final = 16
LONGEST_NAME: Final = 100
UNKNOWN: Final = "Unknown"
"""The last name of a customer who gave neither a name nor an e-mail address."""
_CONTACT: Final = {F.FIRST_NAME: "first_name", F.LAST_NAME: "last_name", F.TITLE: "title", F.EMAIL: "email", F.PHONE: "phone"}
_DETAILS: Final = {LeadImportField(name.upper()): name for name in DETAILS}
_TEXTS: Final = {
    F.EXTERNAL_REFERENCE: 200, F.LISTING_NAME: 200, F.CAMPAIGN_CODE: LONGEST_CODE, F.PARTNER: 200, F.OWNER_EMAIL: 254, F.QUEUE: 200,
    F.DEAL_NAME: 400, F.CRM_ID: 100,
}  # fmt: skip
"""Longest texts of the other fields."""
_LONG_TEXTS: Final = {F.NOTE: LONGEST_NOTE, F.CLOSE_COMMENT: MOST_CHARACTERS}
_OF_PRODUCTS: Final = (F.STATUS, F.SOURCE, F.COMPANY_SIZE, F.TYPE)
"""Fields whose values differ from product to product."""
_PERSON: Final = (F.LAST_NAME, F.FIRST_NAME, F.FULL_NAME, F.EMAIL, F.PHONE, F.COMPANY)


@dataclass(slots=True)
class Row:
    """One row: its number, the position behind it, and its values.

    `facts` are attributes of the lead that people enter; a blank cell is None there. `values` has the other fields that are not blank.
    """

    number: int
    end: int
    facts: dict[str, Any] = field(default_factory=dict)
    values: dict[LeadImportField, Any] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    names_nobody: bool = False
    """True if there is neither a name nor an address, which is enough for an update only."""
    placeholder: str = UNKNOWN
    """The last name of a new lead whose row has none."""

    @property
    def reference(self) -> str | None:
        """The reference of the lead that the row is about."""
        reference: str | None = self.values.get(F.REFERENCE)
        return reference

    def reject(self, message: str, heading: str | None = None) -> None:
        """Record why the row cannot be imported."""
        self.errors.append(RowError(self.number, heading, message))


class RowParser:
    """Turns the records of one file into rows."""

    def __init__(self, header: Header, *, by_administrator: bool) -> None:
        self._header = header
        self._columns = {
            one: columns for one, columns in header.columns.items() if by_administrator or one not in FOR_ADMINISTRATORS
        }  # fmt: skip
        self._by_administrator = by_administrator

    @property
    def fields(self) -> Mapping[LeadImportField, object]:
        """The fields that the file has."""
        return self._columns

    def heading(self, one: LeadImportField) -> str | None:
        """Return the heading of a field's first column."""
        columns = self._columns.get(one)
        return columns[0].heading if columns else None

    def parse(self, record: Record) -> Row:
        """Return the row of a record, with the errors of its cells."""
        row = Row(record.number, record.end)
        cells, width = record.cells, self._header.width
        if record.problem is not None:
            row.reject(record.problem)
        elif len(cells) != width and (len(cells) < width or any(cells[width:])):
            row.reject(f"The row has {len(cells)} cells and the header {width}. Check its separators and quotes.")
        elif max(map(len, cells)) > MOST_CHARACTERS:
            row.reject(f"A cell has more than {MOST_CHARACTERS:,} characters. Shorten it.")
        else:
            self._read(row, cells)
        return row

    def _read(self, row: Row, cells: list[str]) -> None:
        texts: dict[LeadImportField, str] = {}
        for one, columns in self._columns.items():
            for column in columns:
                text = unescaped(cells[column.position]).strip()
                if text:
                    try:
                        value = value_of(one, text)
                    except WrongCell as wrong:
                        if column.is_exact or one not in _OF_PRODUCTS:
                            row.reject(str(wrong), column.heading)
                        continue
                    texts[one] = text
                    row.values[one] = value
                    break
        self._check(row, texts)
        row.names_nobody = not any(one in texts for one in _PERSON) and not self.is_hidden(row)

    def is_hidden(self, row: Row) -> bool:
        """Return whether the contact was hidden in an administrator's export: it has no validity then."""
        return self._by_administrator and F.EMAIL_VALIDITY in self._columns and F.EMAIL_VALIDITY not in row.values

    def _check(self, row: Row, texts: Mapping[LeadImportField, str]) -> None:
        """Validate the texts, and move those that people enter to the facts."""
        validator, values = Validator(), row.values
        contact = {name: values.pop(one, None) for one, name in _CONTACT.items() if one in self._columns}
        if F.FULL_NAME in values:
            first, last = _split_name(values.pop(F.FULL_NAME))
            if not contact.get("last_name") and not contact.get("first_name"):
                contact |= {"first_name": first, "last_name": last}
        is_nameless = not contact.get("last_name")
        if is_nameless:
            contact["last_name"] = _placeholder(contact.get("email"))
        details = {name: values.pop(one, None) for one, name in _DETAILS.items() if one in self._columns}
        details = {name: UNSET if value is None and name.startswith("consent") else value for name, value in details.items()}
        row.facts = check_details(validator, LeadFields(contact=ContactFields(**contact), **details))
        if is_nameless:
            row.placeholder = row.facts.pop("last_name")
        for one, most in _TEXTS.items():
            if one in values:
                values[one] = validator.text(values[one], one.value, most=most)
        for one, most in _LONG_TEXTS.items():
            if one in values:
                values[one] = validator.text(values[one], one.value, most=most, lines=True)
        self._check_values(row)
        try:
            validator.raise_if_invalid()
        except Invalid as invalid:
            for fault in invalid.invalid_fields:
                row.reject(fault.message, self._heading_of(fault.field))

    def _check_values(self, row: Row) -> None:
        values = row.values
        if F.REFERENCE in values:
            reference = normal_reference(values[F.REFERENCE])
            if whole_reference(reference) is None or len(reference) > LONGEST_REFERENCE:
                row.reject(
                    "This is no reference of a lead, such as L-7K3QX2. Leave the cell empty for a new lead.", self.heading(F.REFERENCE)
                )
            values[F.REFERENCE] = reference
        if F.DEAL_AMOUNT in values:
            try:
                values[F.DEAL_AMOUNT] = Money.of(values[F.DEAL_AMOUNT], values.get(F.DEAL_CURRENCY, ""))
            except KeyError:
                row.reject("Give the currency of the deal's amount, such as EUR.", self.heading(F.DEAL_AMOUNT))
            except ValueError as error:
                row.reject(str(error), self.heading(F.DEAL_AMOUNT))
        stage, outcome = values.get(F.STAGE), values.get(F.OUTCOME)
        if stage is LeadStage.ARCHIVED and outcome is None:
            row.reject(f"Give the outcome of the archived lead, one of {', '.join(LeadOutcome)}.", self.heading(F.OUTCOME))
        if outcome is not None and stage is not LeadStage.ARCHIVED:
            row.reject("Only a lead of the stage ARCHIVED has an outcome.", self.heading(F.OUTCOME))
        is_held = stage is LeadStage.ACCEPTED or (
            stage is LeadStage.ARCHIVED and outcome not in (LeadOutcome.EXPIRED, LeadOutcome.DUPLICATE)
        )
        if (is_held or F.CLAIMED_AT in values) and F.PARTNER not in values:
            row.reject("Give the partner: a lead that was accepted, claimed or archived has one.", self.heading(F.PARTNER))

    def _heading_of(self, path: tuple[str, ...]) -> str | None:
        """Return the heading of the column that an error of validation is about."""
        name = "".join(f"_{one}" if one.isupper() else one.upper() for one in path[-1]) if not path[-1].isupper() else path[-1]
        try:
            return self.heading(F(name)) or (self.heading(F.FULL_NAME) if name in (F.FIRST_NAME, F.LAST_NAME) else None)
        except ValueError:
            return None


def _split_name(full_name: str) -> tuple[str | None, str]:
    """Return first and last name; the last name is the last word, or the words before a comma."""
    last, comma, first = full_name.partition(",")
    if comma:
        return first.strip() or None, last.strip()
    first, _, last = full_name.rpartition(" ")
    return first.strip() or None, last


def _placeholder(email: str | None) -> str:
    """Return the last name of a customer who gave none: the part of the e-mail address before the @."""
    return (email or "").partition("@")[0].strip()[:LONGEST_NAME] or UNKNOWN
