"""One way to compare texts without regard to case, in any script: for search, sort keys and text filters alike."""

import unicodedata

SEPARATOR = "\x1f"
"""Stands between the parts of a search text. Checked input holds no control characters, so no term spans two parts."""

ESCAPE = "\\"


def fold(text: str) -> str:
    """The text as it is compared: compatibility forms unified (NFKC) and case folded; folding twice changes nothing."""
    if text.isascii():
        return text.lower()
    # Normalised again, because case folding can undo the normal form.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def search_text(*parts: str | None) -> str:
    """What a row is searched by: its parts folded, those that are missing left out."""
    return SEPARATOR.join(fold(part) for part in parts if part)


def like_pattern(term: str) -> str:
    """The term folded and made literal for `LIKE … ESCAPE '\\'`; the caller adds `%` where anything may stand."""
    folded = fold(term)
    for special in (ESCAPE, "%", "_"):
        folded = folded.replace(special, ESCAPE + special)
    return folded
