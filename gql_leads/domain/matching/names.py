"""Comparison of names of companies and persons, for conversion, its preview and the duplicates.

Case, punctuation, apostrophes, hyphens, spaces, full- and half-width forms and a legal form at the end do not count. Letters,
accents, vowel signs and tone marks do; the vowel points of Arabic and Hebrew, which are usually left out, do not.
docs/matching.md explains the rules with examples.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gql_leads.domain.matching.legal_forms import ATTACHED, ATTACHED_BEHIND, BEHIND, FRONT, LONGEST
from gql_leads.domain.values.text_folding import APOSTROPHES, HYPHENS, fold

_REMOVED: Final = dict.fromkeys(map(ord, f"{APOSTROPHES}״\u2122\u00ae\u00a9\u2120\u02be\u02bf"))
"""Apostrophes, which join the letters around them, and trade mark signs, which NFKC would make letters."""
_POINTS: Final = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)
"""Vowel points and reading signs of Hebrew and Arabic, and the Arabic letter stretcher."""
_INITIALS: Final = re.compile(r"(?<!\w)(\w)\.\s+(?=\w\.)")
_QUOTED_ABBREVIATION: Final = re.compile('(?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea])')
"""The quotation mark that is typed for the Hebrew abbreviation sign, as in "בע"מ"."""
_THAI_FRONT: Final = fold("บริษัท")
_THAI_BEHIND: Final = fold("จำกัด")
_THAI_PUBLIC: Final = fold("(มหาชน)")
"""A Thai company's form stands on both sides of its name: "บริษัท … จำกัด (มหาชน)"."""
_BREAKS: Final = re.compile(r"[^\S]+|[,;:()\[\]{}\"“”„«»‹›]+")
_JOINED: Final = "/&-."
_OF_NAMES: Final = frozenset("#@%+")
"""Punctuation that tells names apart: "C++" and "C#"."""
_AND: Final = frozenset({"and", "und", "et"})


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's name as it is compared.

    `core` is the name without the legal form at its end, which is `form`. Where there is none at the end but one at the front,
    `form` is that one, `rest` is the name without it, and `core` is the whole name.
    """

    core: str
    form: str | None = None
    rest: str | None = None


@lru_cache(maxsize=16_384)
def company_name(name: str) -> CompanyName:
    """Return the parts by which the company's name is compared."""
    text, attached = _without_attached(_prepared(name))
    words = _words(text)
    if not words:
        return CompanyName(fold(name).strip())
    if attached:
        return CompanyName(_key(words), attached)
    behind = _form_at_the_end(words)
    if behind:
        return CompanyName(_key(words[:-behind]), _form(words[-behind:]))
    front = _form_at_the_front(words)
    if front:
        return CompanyName(_key(words), _form(words[:front]), _key(words[front:]))
    return CompanyName(_key(words))


def company_key(name: str) -> str:
    """Return the name without the legal form at its end, as it is compared: equal for "Kilo, LLC" and "KILO"."""
    return company_name(name).core


def same_company(one: str, other: str) -> bool:
    """Return whether the two names mean one company.

    They do where they are equal without the legal form at the end. A form at the front is dropped only where the rest is the other's
    whole name ("AB Volvo" and "Volvo"), or the other has the same form at its end ("Volvo AB"): "AS Watson" is not "Watson Ltd".
    """
    first, second = company_name(one), company_name(other)
    return first.core == second.core or _has_form_in_front(first, second) or _has_form_in_front(second, first)


def _has_form_in_front(longer: CompanyName, other: CompanyName) -> bool:
    return longer.rest is not None and longer.rest == other.core and other.rest is None and other.form in (None, longer.form)


def same_name(one: str, other: str) -> bool:
    """Return whether two names are equal after folding, legal forms included."""
    return name_key(one) == name_key(other)


@lru_cache(maxsize=16_384)
def name_key(name: str) -> str:
    """Return a person's or company's whole name as it is compared: its words without punctuation."""
    return _key(_words(_prepared(name))) or fold(name).strip()


def _prepared(name: str) -> str:
    """Return the name folded, without apostrophes, trade mark signs and vowel points."""
    return _POINTS.sub("", fold(name.translate(_REMOVED)).translate(_REMOVED))


def _without_attached(name: str) -> tuple[str, str | None]:
    """Take off a form that stands before or after the name without a space; return the name and the form."""
    text = _QUOTED_ABBREVIATION.sub("", name.strip())
    public = text.removesuffix(_THAI_PUBLIC).rstrip()
    if public.endswith(_THAI_BEHIND):
        text = public.removeprefix(_THAI_FRONT).strip()
    for form in (*ATTACHED, *ATTACHED_BEHIND):
        rest = text.removesuffix(form) if form in ATTACHED_BEHIND else text.removeprefix(form).removesuffix(form)
        if rest != text and any(map(str.isalnum, rest)):
            return rest, form
    return text, None


def _words(name: str) -> list[str]:
    """Return the words of a prepared name; a word may still hold full stops, slashes, hyphens and ampersands."""
    text = _INITIALS.sub(r"\1.", name).translate(_SPACED)
    return [word for word in _BREAKS.split(text) if any(map(counts, word)) or word == "&"]


_SPACED: Final = {ord("&"): " & "} | dict.fromkeys(map(ord, HYPHENS), "-")


def counts(character: str) -> bool:
    """Return whether the character distinguishes names.

    Letters, digits, marks, symbols and the punctuation of "C++" and "C#" do.
    """
    category = unicodedata.category(character)
    return character.isalnum() or character in _OF_NAMES or category[0] == "M" or category in {"Sc", "So"}


def _key(words: list[str]) -> str:
    """Return the words joined by spaces, without punctuation, "&" as "and" and "the" at the front left out."""
    parts: list[str] = []
    for word in words:
        text = word.replace(".", "")
        parts += "".join(character if counts(character) else " " for character in text).split() or (["and"] if text == "&" else [])
    named = ["and" if part in {"+", *_AND} else part for part in parts]
    return " ".join(named[1:] if named[:1] == ["the"] and len(named) > 1 else named)


def _form_at_the_end(words: list[str]) -> int:
    """Return how many of the last words are a legal form; 0 where they are none or nothing but "the" would remain."""
    most = min(LONGEST, len(words) - 1)
    return next((count for count in range(most, 0, -1) if words[:-count] != ["the"] and _is_form(words[-count:], BEHIND)), 0)


def _form_at_the_front(words: list[str]) -> int:
    return next((count for count in (2, 1) if count < len(words) and _is_form(words[:count], FRONT)), 0)


def _is_form(words: list[str], forms: frozenset[tuple[str, ...]]) -> bool:
    """Return whether the words, with their full stops or without, are one of the forms."""
    plain = tuple("&" if word in _AND else word.replace(".", "") for word in words)
    return plain in forms or tuple(f"{word.rstrip('.')}." if "." in word else word for word in words) in forms


def _form(words: list[str]) -> str:
    return " ".join(word.replace(".", "") for word in words)
