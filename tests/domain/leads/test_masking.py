"""What a free text shows while the contact is hidden."""

import time

import pytest

from gql_leads.domain.leads.masking import mask_contact

ADDRESSES = [
    ("Write to aparna@contoso.example.", "Write to [hidden]."),
    ("a.b+c@x.example, or <ＡＢ＠ｃｏｎｔｏｓｏ.example>", "[hidden], or <[hidden]>"),
    ("mailto:jörg@müller.example!", "mailto:[hidden]!"),
    ("aparna (at) contoso.example or aparna [at] contoso.example", "[hidden] or [hidden]"),
    ('"a b"@x.example and o\'brien@[10.0.0.1]', "[hidden] and [hidden]"),
    ("meet @ noon", "meet @ noon"),
]
NUMBERS = [
    ("+33 6 12 34 56 78", "[hidden]"),
    ("tel:0612345678 or Tel0612345678", "tel:[hidden] or Tel[hidden]"),
    ("(425) 555-0181 ext. 12", "[hidden]"),
    ("425.555.0181 x12, 06/12/34/56/78", "[hidden], [hidden]"),
    ("０６１２３４５６７８ ٠٦١٢٣٤٥٦٧٨", "[hidden]"),
    ("+49 (0)30 - 123 45 67 today", "[hidden] today"),
    ("call 0181 23 today", "call [hidden] today"),
    ("call 018 13 today", "call 018 13 today"),
    ("On 2026-11-21 09:30, 21.11.2026, 11/21/2026 and 2026-2027", "On 2026-11-21 09:30, 21.11.2026, 11/21/2026 and 2026-2027"),
    ("1 250 000 EUR, € 2500000, $1,000,000.50 and 10,000 seats", "1 250 000 EUR, € 2500000, $1,000,000.50 and 10,000 seats"),
    ("12 345 678 TEL", "[hidden] TEL"),
    ("150 users, 3 offices, 24/7", "150 users, 3 offices, 24/7"),
]
NAMES = [
    ("Aparna Bosu", "APARNA's team; bosu, BOSU-group", "[hidden]'s team; [hidden], [hidden]-group"),
    ("Aparna Bosu", "Bosunet Kabosu", "Bosunet Kabosu"),
    ("Aparna Bosu", "linkedin.com/in/aparna-bosu @aparnabosu bosu_aparna", "linkedin.com/in/[hidden]-[hidden] @[hidden] [hidden]_[hidden]"),
    ("Aparna Bosu", "Ap\u200barna B\u00f3su Bo\u0301su", "[hidden] [hidden] [hidden]"),
    ("A B", "A. B. and B2B", "A. B. and B2B"),
    ("Jean-Luc O'Brien", "O’Brien, brien, jean luc, JEAN‐LUC", "[hidden], [hidden], [hidden] [hidden], [hidden]"),
    ("Zen7 Quux1796102266", "zen7, quux1796102266, quux", "[hidden], [hidden], quux"),
    ("Zen Quux-42", "Quux-42 has 42 seats; Quux", "[hidden] has 42 seats; [hidden]"),
    ("Aparna Bosu", "aparna.bosu@x.example", "[hidden]"),
    ("Łukasz İnci", "lukasz INCI Łukasz", "[hidden] [hidden] [hidden]"),
    ("Anna Strasse", "Straße STRASSE", "[hidden] [hidden]"),
    ("Σίσυφος Παπάς", "ΣΊΣΥΦΟΣ παπας", "[hidden] [hidden]"),
    ("राम कुमार", "नमस्ते राम, रामायण", "नमस्ते [hidden], रामायण"),
    ("太郎 山田", "山田太郎です。", "[hidden]です。"),
    ("Hid Den", "den@x.example is hidden, Hid!", "[hidden] is [hidden], [hidden]!"),
    ("Hidden Name", "a@b is hidden", "[hidden] is [hidden]"),
]


@pytest.mark.parametrize(("text", "expected"), [*ADDRESSES, *NUMBERS])
def test_addresses_and_phone_numbers_are_masked(text: str, expected: str) -> None:
    assert mask_contact(text, None, "Nobody", "+33 1 22 55 01 81 23") == expected


@pytest.mark.parametrize(("name", "text", "expected"), NAMES)
def test_whole_words_of_the_contacts_names_are_masked(name: str, text: str, expected: str) -> None:
    first, last = name.split()
    assert mask_contact(text, first, last, None) == expected


@pytest.mark.parametrize("text", [None, "", "We need a ledger.", "Zürich 東京 😀"])
def test_other_texts_stay(text: str | None) -> None:
    assert mask_contact(text, "Aparna", "Bosu", "+33612345678") == text


@pytest.mark.parametrize("piece", ["1", "1 ", "a", "1.,", '"', '"a', "1 111 ", "+1", "a@", "EUR 1 ", "a (at ", "e\u0301", "bo ", "2026-"])
def test_the_time_grows_with_the_length_of_the_text(piece: str) -> None:
    """A quadratic search would take minutes for the longest message."""
    started = time.process_time()
    mask_contact(piece * (10_000 // len(piece)), "A", "Bo", "123456")
    assert time.process_time() - started < 5
