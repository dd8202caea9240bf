"""Folding of texts: `fold` for identity, sorting and matching, `fold_for_search` for search.

| text              | `fold`            | `fold_for_search` |
|-------------------|-------------------|-------------------|
| `ACME`, `Ａｃｍｅ` | `acme`            | `acme`            |
| `Straße`          | `strasse`         | `strasse`         |
| `İZMİR`, `Izmır`  | `izmir`           | `izmir`           |
| `Müller`, `Łódź`  | `müller`, `łódź`  | `muller`, `lodz`  |
| `Ёлкин`           | `ёлкин`           | `елкин`           |
| `राम`              | `राम`              | `राम`              |

Both return text that folds to itself, in the Unicode normal form NFKC.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

SEPARATOR: Final = "\x1f"
"""Stands between the parts of a search text. Checked input holds no control characters, so no term spans two parts."""

ESCAPE: Final = "\\"

APOSTROPHES: Final = "'\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u2018\u2019\u201b\u2032\uff07\uff40\ua78c\u055a\u05f3"
HYPHENS: Final = "-\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
PUNCTUATION: Final = dict.fromkeys(map(ord, APOSTROPHES), "'") | dict.fromkeys(map(ord, HYPHENS), "-")
"""Characters that people type for an apostrophe or a hyphen, and that one."""

_IGNORABLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Unicode's Default_Ignorable_Code_Point: characters that are drawn as nothing."""
_INVISIBLE: Final = re.compile(f"[{_IGNORABLE}]+")
_BLANK: Final = re.compile(f"[\\s{_IGNORABLE}\u2800\ufff9-\ufffb]*")
_SPACES: Final = re.compile(" {2,}")
_DOTTED_I: Final = re.compile("i\u0307+")

_LATIN_AND_GREEK: Final = (
    (0x61, 0x7B), (0xAA, 0x2B0), (0x370, 0x400), (0x1D00, 0x1DC0), (0x1E00, 0x2000), (0x2C60, 0x2C80), (0xA720, 0xA800), (0xAB30, 0xAB70),
)  # fmt: skip
"""Blocks of Latin and Greek letters, as ranges of code points."""
_STROKES: Final = dict(
    zip("łđðøħŧƀɓɗɖƙƴɨʉɍǥɠƶȼƈƥƭʋɇɉɏɋɟƞɲŋĸⱥⱦⱡⱪⱨⱬꝁꝑꞓꞑꞡꞣꞥꞧꞩ", "lddohtbbddkyiurggzccptvejyqjnnnkatlkhzkpcngknrs", strict=True)
) | {"æ": "ae", "œ": "oe", "þ": "th", "ƿ": "w", "ƣ": "oi"}  # fmt: skip
"""Latin letters that differ from their base letter by a stroke, a hook or a ligature, which Unicode does not decompose."""


def fold(text: str) -> str:
    """Return the text in NFKC, case folded, with Turkish ı and İ as i; accents stay.

    Invisible characters are removed.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold())
    # Case folding makes İ an i with a dot above; normalize again, because removing the dot can let another mark compose.
    return unicodedata.normalize("NFKC", _DOTTED_I.sub("i", _INVISIBLE.sub("", folded).replace("ı", "i")))


def fold_for_search(text: str) -> str:
    """Return the folded text with Latin and Greek letters as their base letters.

    é becomes e, ł becomes l, æ becomes ae, and Cyrillic ё becomes е.
    Apostrophes and hyphens of every kind become ' and -, and a run of spaces becomes one.
    """
    # Before folding: NFKC makes the acute accent ´ that people type as an apostrophe a space with a combining mark.
    folded = fold(text.translate(PUNCTUATION)).translate(PUNCTUATION)
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", _MARKS.sub("", folded.translate(_BASE_LETTERS)))
    return _SPACES.sub(" ", folded) if "  " in folded else folded


def is_blank(text: str) -> bool:
    """Return whether the text holds no visible character."""
    return _BLANK.fullmatch(text) is not None


def without_invisible(text: str) -> str:
    """Return the text without invisible characters, such as zero-width spaces and direction marks."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def search_text(*parts: str | None) -> str:
    """Return the parts folded for search and joined by `SEPARATOR`; missing parts are left out."""
    return SEPARATOR.join(fold_for_search(part) for part in parts if part)


def search_term(term: str | None) -> str:
    """Return the term folded for search and stripped; empty if there is nothing to search for."""
    return fold_for_search(term).strip() if term else ""


def like_pattern(term: str) -> str:
    """Return the term folded for search and escaped for `LIKE … ESCAPE '\\'`, without wildcards."""
    folded = fold_for_search(term)
    for special in (ESCAPE, "%", "_"):
        folded = folded.replace(special, ESCAPE + special)
    return folded


def contains_words(text: str, words: str) -> bool:
    """Return whether the words occur in the text as whole words; both are folded for search.

    "AI" occurs in "AI-based", not in "retail".
    Scripts that put no space between words (Chinese, Japanese, Thai …) have no such borders: there any occurrence counts.
    """
    return next(whole_words(text, words), None) is not None


def whole_words(text: str, words: str) -> Iterator[int]:
    """Yield the positions at which the words occur in the text as whole words; see `contains_words`."""
    start = text.find(words) if words else -1
    while start >= 0:
        end = start + len(words)
        if _is_border(text[start - 1 : start], words[0]) and _is_border(words[-1], text[end : end + 1]):
            yield start
        start = text.find(words, start + 1)


def _is_border(left: str, right: str) -> bool:
    """Return whether a word can end between two neighbouring characters; an empty one is the end of the text."""
    if not left or not right:
        return True
    if unicodedata.category(right)[0] == "M":
        return False
    return not (_is_of_word(left) and _is_of_word(right)) or bool(_UNSPACED.match(left) or _UNSPACED.match(right))


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Letters of scripts that are written without spaces, and Hangul, whose particles follow the word without one."""


def _base_letters() -> dict[int, str]:
    table = {ord(letter): base for letter, base in _STROKES.items()} | {ord("ё"): "е"}
    for start, end in _LATIN_AND_GREEK:
        for point in range(start, end):
            base = unicodedata.normalize("NFD", chr(point))[0]
            if base.isalpha() and ord(base) != point:
                table[point] = _STROKES.get(base, base)
    return table


_BASE_LETTERS: Final = _base_letters()
_LETTERS: Final = "".join(f"{chr(start)}-{chr(end - 1)}" for start, end in _LATIN_AND_GREEK)
_MARKS: Final = re.compile(f"(?<=[{_LETTERS}])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]+")
"""Combining marks that follow a Latin or Greek letter and that no single character stands for."""
