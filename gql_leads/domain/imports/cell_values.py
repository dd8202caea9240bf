"""Values of cells: what a text in a column of an imported file stands for."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar

from gql_leads.domain.imports.fields import LeadImportField
from gql_leads.domain.leads.lead import (
    CallToAction,
    CloseReason,
    CompanySize,
    EmailValidity,
    LeadOutcome,
    LeadQuality,
    LeadSource,
    LeadStage,
    LeadStatus,
    LeadType,
    PhoneValidity,
    PurchaseTimeframe,
)
from gql_leads.domain.values.codes import CURRENCIES
from gql_leads.domain.values.country_names import country_code
from gql_leads.domain.values.text_folding import fold_for_search

F = LeadImportField
MOST_CHARACTERS: Final = 10_000
"""Largest number of characters of a cell."""
FORMULA_SIGNS: Final = frozenset("=+-@\t\r＋－＝＠")
"""Characters at which a spreadsheet takes a cell for a formula; the export writes an apostrophe in front of them."""
Value = TypeVar("Value", bound=StrEnum)


class WrongCell(Exception):
    """A cell whose text has no value in its column; the message says what to write instead."""


def unescaped(cell: str) -> str:
    """Return the text without the apostrophe that the export put in front of it; see `store.leads.csv_expressions`."""
    if cell.startswith("'"):
        behind = cell.lstrip("'")
        if behind and behind[0] in FORMULA_SIGNS:
            return cell[1:]
    return cell


def value_of(field: LeadImportField, text: str) -> Any:
    """Return the value of a cell that is not blank; raise WrongCell if it has none."""
    reading = _READINGS.get(field)
    return text if reading is None else reading(text)


def _folded(text: str) -> str:
    return "".join(one for one in fold_for_search(text) if one.isalnum())


def _one_of(kind: type[Value], others: str = "") -> Callable[[str], Value]:
    """Return the reading of an enum by its values and other words; each line of `others` has a value and its words."""
    known = {_folded(one): one for one in kind}
    for line in others.strip().splitlines():
        name, _, words = line.strip().partition(": ")
        known |= {_folded(word): kind(name) for word in words.split("|")}

    exact = {one.value: one for one in kind}

    def read(text: str) -> Value:
        found = exact.get(text) or known.get(_folded(text))
        if found is None:
            raise WrongCell(f"Write one of {', '.join(kind)}, or leave the cell empty.")
        return found

    return read


_YES: Final = frozenset(["true", "yes", "y", "1", "x", "on", "ja", "wahr", "oui", "vrai", "ano", "a", "pravda", "tak", "t", "prawda"])
_NO: Final = frozenset(["false", "no", "n", "0", "off", "nein", "falsch", "non", "faux", "ne", "nepravda", "nie", "f", "falsz"])


def _flag(text: str) -> bool:
    folded = _folded(text)
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise WrongCell("Write true or false.")


_DAY: Final = re.compile(r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})")
_TIME: Final = re.compile(r"[ T,]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp])?\.?[Mm]?\.?")
_NO_INSTANT: Final = "Write the time as in 2026-11-21T09:30:00Z, or the day as in 2026-11-21."


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = _written_instant(text)
    try:
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise WrongCell(_NO_INSTANT) from None
    if not 1970 <= instant.year <= 2999:
        raise WrongCell(_NO_INSTANT)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _written_instant(text: str) -> datetime:
    """Return the instant of a local spelling such as 21.11.2026 9:30 or 11/21/2026 9:30 PM."""
    found = _DAY.match(text)
    if found is None:
        raise WrongCell(_NO_INSTANT)
    day, rest = _written_day(found), text[found.end() :].strip()
    if not rest:
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the caller adds UTC
    time = _TIME.fullmatch(rest)
    if time is None:
        raise WrongCell(_NO_INSTANT)
    hour, half = int(time[1]), (time[4] or "").lower()
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    try:
        return datetime(day.year, day.month, day.day, hour, int(time[2]), int(time[3] or 0))  # noqa: DTZ001
    except ValueError:
        raise WrongCell(_NO_INSTANT) from None


def _written_day(found: re.Match[str]) -> date:
    first, sign, second, last = int(found[1]), found[2], int(found[3]), int(found[4])
    if len(found[1]) == 4:
        year, month, day = first, second, last
    else:
        year, month, day = last, second, first
        if sign != "." and first <= 12 and second <= 12 and first != second:
            raise WrongCell("It is not clear which number is the month. Write the day as year, month and day, as in 2026-11-21.")
        if month > 12:
            month, day = day, month
    try:
        return date(year, month, day)
    except ValueError:
        raise WrongCell(_NO_INSTANT) from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        found = _DAY.fullmatch(text)
        if found is None:
            raise WrongCell("Write the day as year, month and day, as in 2026-11-21.") from None
        return _written_day(found)


def _requested(text: str) -> bool | datetime:
    """Return whether the customer asked to be contacted, or when."""
    return _flag(text) if _folded(text) in _YES | _NO else _instant(text)


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise WrongCell("Write the country as its ISO 3166-1 code, such as FR, or by its name.")
    return code


def _amount(text: str) -> Decimal:
    plain = re.sub(r"[\s  ' ]", "", text)
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".") if re.fullmatch(r"\d+,\d{1,2}", plain) else plain.replace(",", "")
    try:
        amount = Decimal(plain.replace(",", "")) if plain.count(".") <= 1 else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount < 0:
        raise WrongCell("Write the amount in digits, as in 12500.00.")
    return amount


def _currency(text: str) -> str:
    code = text.upper()
    if code not in CURRENCIES:
        raise WrongCell("Write the currency as its ISO 4217 code, such as EUR.")
    return code


_SIZES: Final = (
    (9, CompanySize.EMPLOYEES_1_TO_9), (50, CompanySize.EMPLOYEES_10_TO_50), (250, CompanySize.EMPLOYEES_51_TO_250),
    (1_000, CompanySize.EMPLOYEES_251_TO_1000), (5_000, CompanySize.EMPLOYEES_1001_TO_5000), (10_000, CompanySize.EMPLOYEES_5001_TO_10000),
    (20_000, CompanySize.EMPLOYEES_10001_TO_20000),
)  # fmt: skip
_named_size: Final = _one_of(CompanySize)


def _company_size(text: str) -> CompanySize:
    """Return the size named, or that of a number of employees or of the middle of a range."""
    numbers = [int(one) for one in re.findall(r"\d{1,9}", re.sub(r"(?<=\d)[\s.,  '](?=\d{3}\b)", "", text))]
    if not numbers or "_" in text:
        return _named_size(text)
    middle = sum(numbers[:2]) / len(numbers[:2])
    return next((size for most, size in _SIZES if middle <= most), CompanySize.EMPLOYEES_OVER_20000)


_READINGS: Final[Mapping[LeadImportField, Callable[[str], Any]]] = {
    F.COMPANY_SIZE: _company_size,
    F.COUNTRY: _country,
    F.TYPE: _one_of(LeadType),
    F.SOURCE: _one_of(
        LeadSource,
        """APP_SOURCE: SPZA
        WEB_FORM: Web|Website|Web Site|Internet|Online|Form|Formular|Formulaire|Webformular|Formulář|Formularz
        EVENT: Trade Show|Tradeshow|Conference|Seminar|Messe|Salon|Veletrh|Targi|Exhibition
        CUSTOMER_REFERRAL: Referral|Customer|External Referral|Word of mouth|Employee Referral|Empfehlung|Recommandation
        PARTNER: Partner Referral|Partenaire""",
    ),
    F.CALL_TO_ACTION: _one_of(CallToAction, "CONTACT_ME: PLT\nGET_IT_NOW: INS|Create\nTEST_DRIVE: StartTestDrive"),
    F.STATUS: _one_of(
        LeadStatus,
        """NEW: Open|Open - Not Contacted|Not Contacted|Neu|Offen|Nouveau|Nouvelle|Ouvert|Nový|Otevřený|Nowy|Otwarty
        NEW: Unqualified|Attempted to contact
        CONTACTED: Working - Contacted|Working|In Progress|Connected|Kontaktiert|In Bearbeitung|Contacté|En cours|Kontaktovaný|Skontaktowano
        PURCHASED: Won|Closed - Converted|Converted|Customer|Gekauft|Acheté|Zakoupeno|Kupione
        DELIVERED: Geliefert|Livré|Dodáno|Dostarczone""",
    ),
    F.CREATED_AT: _instant,
    F.CONSENT_TO_CONTACT: _flag,
    F.CONSENT_TO_SHARE: _flag,
    F.CONTACT_REQUESTED: _requested,
    F.IS_TEST: _flag,
    F.STAGE: _one_of(LeadStage),
    F.OUTCOME: _one_of(LeadOutcome),
    F.QUALITY: _one_of(LeadQuality),
    F.EMAIL_VALIDITY: _one_of(EmailValidity),
    F.PHONE_VALIDITY: _one_of(PhoneValidity),
    F.DEAL_AMOUNT: _amount,
    F.DEAL_CURRENCY: _currency,
    F.PURCHASE_TIMEFRAME: _one_of(PurchaseTimeframe),
    F.EXPECTED_CLOSE_DATE: _date,
    F.CLOSE_REASON: _one_of(CloseReason),
    F.UPDATED_AT: _instant,
    F.CLAIMED_AT: _instant,
    F.ACCEPTED_AT: _instant,
    F.ARCHIVED_AT: _instant,
    F.EXPIRES_AT: _instant,
}
"""Readings of the fields that are no free text."""
