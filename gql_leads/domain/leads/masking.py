"""Masking of the contact in free texts: what others read while the contact is hidden.

Masked are e-mail addresses, phone numbers and the contact's names. Rather too much is masked than too little: any number with seven digits
or more counts as a phone number, unless it is a date or an amount with its currency.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from gql_leads.domain.values.codes import CURRENCIES
from gql_leads.domain.values.text_folding import fold_for_search, whole_words

HIDDEN: Final = "[hidden]"
FEWEST_DIGITS: Final = 7
"""Number of digits from which a number counts as a phone number; the contact's own one is recognised by its last five."""
_FEWEST_OF_OWN: Final = 5
_SHORTEST_NAME: Final = 2

_NO_ADDRESS: Final = r"\s@＠﹫<>()\[\]{},;:\"«»„“”。、，；：！？"
_EMAIL: Final = re.compile(
    rf"(?:\"[^\"\n]*+\"|(?<![^{_NO_ADDRESS}])[^{_NO_ADDRESS}]++)"
    r"(?:[@＠﹫]|\s?[(\[{]\s?at\s?[)\]}]\s?)"
    rf"(?:\[[^\]\s]*\]|[^{_NO_ADDRESS}]+)",
    re.IGNORECASE,
)
_AFTER_SENTENCE: Final = ".!?…'’"
_BETWEEN: Final = r"[\s.\-‐‑‒–—−/()·•_]{0,3}"
_NUMBER: Final = re.compile(
    rf"(?<!\d)[+＋]?[(（]?\d(?:{_BETWEEN}\d){{{_FEWEST_OF_OWN - 1},}}(?:\s?(?:x|ext\.?|extension|#)\s?\d{{1,6}}(?!\d))?", re.IGNORECASE
)
_SOME_DIGITS: Final = re.compile(r"\d")
_YEAR: Final = r"(?:19|20)\d\d"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_CURRENCY: Final = r"(?:[€$£¥₹]|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z]))"
_AMOUNT: Final = r"[1-9]\d*(?:[ \u00a0\u202f.,'’]\d{3})*(?:[.,]\d{1,2})?"
_ALONE: Final = r"(?<![\d+.\-/])", r"(?!\d|[.\-/]\d)"
_NO_PHONE: Final = re.compile(
    "|".join(
        (
            rf"{_ALONE[0]}{_YEAR}([-./]){_MONTH}\1{_DAY}{_ALONE[1]}",
            rf"{_ALONE[0]}{_DAY}([-./]){_MONTH}\2{_YEAR}{_ALONE[1]}",
            rf"{_ALONE[0]}{_MONTH}/{_DAY}/{_YEAR}{_ALONE[1]}",
            rf"{_ALONE[0]}{_YEAR}\s?[-–/]\s?{_YEAR}{_ALONE[1]}",
            rf"{_ALONE[0]}{_AMOUNT}\s?{_CURRENCY}",
            rf"{_CURRENCY}\s?{_AMOUNT}{_ALONE[1]}",
        )
    )
)


def mask_contact(text: str | None, first_name: str | None, last_name: str, phone: str | None) -> str | None:
    """Return the text with `[hidden]` for each e-mail address, phone number and name of the contact."""
    if not text:
        return text
    # What is hidden already is left out of the search: "hidden" may be a name.
    parts = text.split(HIDDEN)
    return HIDDEN.join(_without(part, (*_emails(part), *_phones(part, phone), *_names(part, first_name, last_name))) for part in parts)


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for start, end in sorted(spans):
        if start >= done:
            pieces += [text[done:start], HIDDEN]
        done = max(done, end)
    return "".join([*pieces, text[done:]])


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for found in _EMAIL.finditer(text):
        yield found.start(), found.start() + len(found[0].rstrip(_AFTER_SENTENCE))


def _phones(text: str, own: str | None) -> Iterator[tuple[int, int]]:
    known = _digits(own or "")

    def is_own(digits: str) -> bool:
        return len(digits) >= _FEWEST_OF_OWN and known.endswith(digits.lstrip("0"))

    def keep(found: re.Match[str]) -> str:
        code = "".join(filter(str.isupper, found[0]))
        return found[0] if is_own(_digits(found[0])) or (code and code not in CURRENCIES) else "x" * len(found[0])

    if not _SOME_DIGITS.search(text):
        return
    for found in _NUMBER.finditer(_NO_PHONE.sub(keep, text)):
        digits = _digits(found[0])
        if len(digits) >= FEWEST_DIGITS or is_own(digits):
            yield found.span()


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(one)) for one in text if one.isdecimal())


def _names(text: str, first_name: str | None, last_name: str) -> Iterator[tuple[int, int]]:
    folded, origins = _folded(text)
    for name in _name_words(first_name, last_name):
        for start in whole_words(folded, name):
            yield origins[start], origins[start + len(name)]


def _name_words(first_name: str | None, last_name: str) -> set[str]:
    """Return the folded words of the names, alone and joined, and the full name as one word in both orders."""
    first, last = (fold_for_search(one or "") for one in (first_name, last_name))
    firsts, lasts = _words(first), _words(last)
    joined = ("".join([*firsts, *lasts]), "".join([*lasts, *firsts]))
    words = {word for word in (*firsts, *lasts, *joined) if not word.isdecimal()}
    return {word for word in words.union(first.split(), last.split()) if len(word) >= _SHORTEST_NAME}


def _words(text: str) -> list[str]:
    return "".join(one if _is_of_word(one) else " " for one in text).split()


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the text folded for search, and for each of its characters and its end the position in the original."""
    if text.isascii():
        return text.lower(), list(range(len(text) + 1))
    folded: list[str] = []
    origins: list[int] = []
    for start, character in _clusters(text):
        piece = fold_for_search(character)
        folded.append(piece)
        origins += [start] * len(piece)
    return "".join(folded), [*origins, len(text)]


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Yield each character with the marks that follow it, and its position."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (unicodedata.category(text[at])[0] == "M" or text[at] in "ﾞﾟ"):
            yield start, text[start:at]
            start = at
