"""Keys of phone numbers: equal for numbers that dial the same, however they are written.

phonenumbers knows the numbering plans; this is the only module of the store that needs it, to derive the columns from a lead.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

_EXTENSION: Final = re.compile(
    r"[\s,;(]*(?:extensi[oó]n|durchwahl|nebenstelle|klapka|toestel|interno|poste|ramal|linka|anexo|wewn?|dw|tst|kl"
    r"|внутр?|内線|分机|分機|转|轉|내선)\.?\s*:?\s*(\d{1,7})\)?\s*$",
    re.IGNORECASE,
)
"""Words for an extension that phonenumbers does not know."""
_FEWEST_DIGITS: Final = 3


class PhoneKeys(NamedTuple):
    """The keys of one number, with `;ext=` and its extension behind each where it has one."""

    dialed: str | None
    """E.164, of an invalid number too; its bare digits where neither it nor the lead says the country. None without digits."""
    national: str | None
    """The digits dialed within its country: equal to `dialed` of the same number without a country."""


@lru_cache(maxsize=1_024)  # a new lead's number is parsed for its validity and for its keys
def parse_number(phone: str, country: str | None) -> PhoneNumber:
    """Parse a number by its own country code, or else by the plan of the given country. Do not change the result: it is cached.

    Without a country, `00` at the beginning stands for `+`. Raises `phonenumbers.NumberParseException` for what is no number.
    """
    text = _EXTENSION.sub(r" ext. \1", phone)
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    if region is None and (international := re.match(r"\s*\(?00(?=[1-9])", text)):
        text = f"+{text[international.end() :]}"
    return phonenumbers.parse(text, region)


def phone_keys(phone: str | None, country: str | None) -> PhoneKeys:
    """Return the keys of a number as it was given, on a lead of this country."""
    if not phone:
        return PhoneKeys(None, None)
    try:
        number = parse_number(phone, country)
    except phonenumbers.NumberParseException:
        return PhoneKeys(_digits(phone), None)
    extension = f";ext={number.extension}" if number.extension else ""
    national = re.sub(r"\D", "", phonenumbers.format_number(_without_extension(number), PhoneNumberFormat.NATIONAL))
    return PhoneKeys(phonenumbers.format_number(number, PhoneNumberFormat.E164) + extension, national + extension)


def _without_extension(number: PhoneNumber) -> PhoneNumber:
    plain = PhoneNumber()
    plain.merge_from(number)
    plain.extension = None
    return plain


def _digits(phone: str) -> str | None:
    """Return the digits of a text that is no number of a known plan, its `+` and its extension."""
    extension = _WRITTEN_EXTENSION.search(text := _EXTENSION.sub(r" ext. \1", phone))
    main = text[: extension.start()] if extension else text
    digits = "".join(str(unicodedata.digit(one)) for one in main if unicodedata.digit(one, None) is not None)
    if len(digits) < _FEWEST_DIGITS:
        return None
    sign = "+" if unicodedata.normalize("NFKC", main).lstrip(" (").startswith("+") else ""
    return f"{sign}{digits};ext={extension[1]}" if extension else f"{sign}{digits}"


_WRITTEN_EXTENSION: Final = re.compile(
    r"(?:\s*[,;]?\s*(?:ext(?:ension|n|\.)?|x|#|;ext=|доб)\.?\s*[:=]?\s*)(\d{1,7})\s*#?\s*$", re.IGNORECASE
)
