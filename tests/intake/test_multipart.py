"""Forms in parts: fields, charsets, files, and bodies that are none."""

from typing import Final

import pytest

from gql_leads.intake.bodies import Unreadable
from gql_leads.intake.multipart import read_multipart

TYPE: Final = "multipart/form-data; boundary=b"
END: Final = b"--b--\r\n"


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


def test_fields_are_read_as_they_were_sent() -> None:
    body = b"preamble\r\n" + part("a", b" x\r\n--c\r\n\r\ny ") + part("a", b"2") + part("b", b"") + part(" c ", "é".encode()) + END
    assert read_multipart(body, TYPE) == {"a": " x\r\n--c\r\n\r\ny ", "b": "", "c": "é"}
    assert read_multipart(END, TYPE) == {}
    quoted = part("a", b"1", "\r\nContent-Type: text/plain; charset=utf-8").replace(b"--b\r\n", b"--=_ 1:2 \t\r\n") + b"--=_ 1:2--"
    assert read_multipart(quoted, 'Multipart/Form-Data; charset=x; boundary="=_ 1:2"') == {"a": "1"}


def test_the_field_charset_names_the_charset() -> None:
    body = part("a", "Dvořák".encode("cp1250")) + part("_charset_", b"windows-1250") + END
    assert read_multipart(body, TYPE)["a"] == "Dvořák"


def test_a_file_that_was_not_chosen_is_ignored() -> None:
    body = part("f", b"", '; filename=""\r\nContent-Type: application/octet-stream') + part("a", b"1") + END
    assert read_multipart(body, TYPE) == {"a": "1"}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "word"),
    [
        (part("f", b"x", '; filename="x.txt"') + END, TYPE, 415, "Files"),
        (part("f", b"x", "; filename*=utf-8''x.txt") + END, TYPE, 415, "Files"),
        (part("f", b"eA==", "\r\nContent-Transfer-Encoding: base64") + END, TYPE, 415, "content-transfer-encoding"),
        (part("a", b"\xff") + END, TYPE, 400, "UTF-8"),
        (part("_charset_", b"utf-16") + END, TYPE, 415, "charset"),
        (part("a", b"x"), TYPE, 400, "too early"),
        (part("a", b"x") + b"--b", TYPE, 400, "too early"),
        (b"", TYPE, 400, "too early"),
        (part("a", b"x") + END, "multipart/form-data", 400, "boundary"),
        (part("a", b"x") + END, "multipart/form-data; boundary=", 400, "boundary"),
        (part("a", b"x") + END, f"multipart/form-data; boundary={'b' * 71}", 400, "boundary"),
        (part("a", b"x") + END, "multipart/form-data; boundary=\xe9", 400, "boundary"),
        (b"--b\r\nContent-Disposition: form-data; name=a\r\n" + END, TYPE, 400, "blank line"),
        (b"--b\r\n\r\nx\r\n" + END, TYPE, 400, "name"),
        (b"--b\r\nX: y\r\n\r\nx\r\n" + END, TYPE, 400, "name"),
        (part("a", b"") * 201 + END, TYPE, 413, "200"),
    ],
)
def test_other_bodies_are_refused_with_a_sentence(body: bytes, content_type: str, status: int, word: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_multipart(body, content_type)
    assert (refused.value.status, word in refused.value.message) == (status, True), refused.value.message


def test_nested_parts_are_text() -> None:
    nested = b"--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + b"--c\r\n" * 5_000
    assert read_multipart(nested + b"\r\n" + END, TYPE) == {"a": "--c\r\n" * 5_000}
