import sqlite3
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.domain.text_folding import SEPARATOR, fold, like_pattern, search_text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACME", "acme"),
        ("É", "é"),
        ("E\u0301cole", "école"),
        ("Ж", "ж"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Straße", "STRASSE"),
        ("ﬁrma", "FIRMA"),
        ("Ａｃｍｅ", "acme"),
        ("ᾳ", "ᾼ"),
        ("Å", "\u212b"),
        ("𝒜cme", "acme"),
    ],
)
def test_texts_that_differ_in_case_or_spelling_only_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("e", "é"), ("ı", "i"), ("北京", "北亰"), ("%", "_")])
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_folding_every_character_twice_changes_nothing() -> None:
    characters = (chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF)
    assert [character for character in characters if fold(fold(character)) != fold(character)] == []


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text() | st.text("ǰΐᾳÅﬁ\u0301\u0323\u0345"))
def test_what_is_folded_has_one_spelling(text: str) -> None:
    assert unicodedata.is_normalized("NFKC", fold(text))


def test_no_character_folds_to_the_separator() -> None:
    characters = (chr(point) for point in range(0x110000) if chr(point) != SEPARATOR)
    assert [character for character in characters if SEPARATOR in fold(character)] == []


def test_search_text_leaves_out_what_is_missing() -> None:
    assert search_text("Aparna", None, "", "BOSU") == f"aparna{SEPARATOR}bosu"


@pytest.mark.parametrize(
    ("term", "pattern"),
    [("100%", r"100\%"), ("a_b", r"a\_b"), ("C:\\x", r"c:\\x"), ('*"AND"*', '*"and"*'), (r"\%", r"\\\%")],
)
def test_special_characters_are_escaped(term: str, pattern: str) -> None:
    assert like_pattern(term) == pattern


@given(text=st.text("ab%_\\ÉéЖ", max_size=6), term=st.text("ab%_\\ÉéЖ", max_size=3))
def test_a_pattern_finds_its_term_literally(text: str, term: str) -> None:
    database = sqlite3.connect(":memory:")
    (found,) = database.execute(r"SELECT ? LIKE ? ESCAPE '\'", (search_text(text), f"%{like_pattern(term)}%")).fetchone()
    database.close()
    assert bool(found) == (fold(term) in fold(text))
