"""Every encoding and separator gives the same leads."""

import codecs

import pytest

from gql_leads.services.app_context import AppContext
from gql_leads.services.imports.files import find_delimiter, header_line
from tests.factories import World
from tests.services.imports.importing import all_leads, import_file

TEXT = "Nachname{0}Firma{0}Straße\r\nMüller{0}Éclair & Söhne{0}x\r\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("cp1252", b""), ("utf-16-le", b""), ("utf-16-be", b""),
        ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)  # fmt: skip
async def test_encodings_and_separators_are_recognised(app: AppContext, world: World, encoding: str, mark: bytes, delimiter: str) -> None:
    done = await import_file(app, world.referrals, mark + TEXT.format(delimiter).encode(encoding))
    assert (done.counts, [heading for _, heading, _ in done.errors]) == ((1, 1, 1, 0, 0, 0), ["Straße"])
    (lead,) = await all_leads(app)
    assert (lead.last_name, lead.company) == ("Müller", "Éclair & Söhne")


async def test_what_the_member_says_has_precedence(app: AppContext, world: World) -> None:
    done = await import_file(app, world.referrals, "Last Name|Company\nA|x,y;z\n", delimiter="|", encoding="windows-1252")
    assert done.counts == (1, 1, 1, 0, 0, 0)
    done = await import_file(app, world.referrals, "Last Name\nÉ\n".encode("cp1252"), encoding="utf-8")
    assert (done.stored.state, "not written in UTF-8" in done.errors[0][2]) == ("FAILED", True)


async def test_the_line_by_which_excel_names_the_separator_is_no_header(app: AppContext, world: World) -> None:
    assert (await import_file(app, world.referrals, "sep=;\r\nLast Name;Company\r\nA;B\r\n")).counts == (1, 1, 1, 0, 0, 0)


def test_separators_in_quotes_do_not_count() -> None:
    assert find_delimiter('"a,b,c";d') == ";"
    assert find_delimiter("alone") == ","
    assert header_line(b'"a\nb",c\nd', "utf-8") == '"a\nb",c\n'
