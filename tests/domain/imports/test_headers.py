import pytest

from gql_leads.domain.imports.fields import LeadImportField as F
from gql_leads.domain.imports.headers import folded_heading, read_header


def fields_of(*headings: str, **mapping: F) -> dict[str, F]:
    header = read_header(headings, list(mapping.items()))
    return {column.heading: field for field, columns in header.columns.items() for column in columns}


def test_headings_are_compared_without_case_accents_and_punctuation() -> None:
    assert folded_heading(" E-Mail Address ") == "emailaddress"
    assert folded_heading("Křestní jméno") == "krestnijmeno"
    assert fields_of("FIRST_NAME", "last name", "prénom") == {"FIRST_NAME": F.FIRST_NAME, "last name": F.LAST_NAME, "prénom": F.FIRST_NAME}


@pytest.mark.parametrize(
    ("neighbours", "field"),
    [(("Imię", "Nazwisko"), F.COUNTRY), (("Křestní jméno", "Příjmení"), F.REGION), (("Email",), None), (("Imię", "Příjmení"), None)],
)
def test_an_ambiguous_heading_is_read_in_the_language_of_the_others(neighbours: tuple[str, ...], field: F | None) -> None:
    assert fields_of(*neighbours, "Kraj").get("Kraj") == field


def test_a_heading_that_stays_ambiguous_is_remarked_and_the_mapping_decides() -> None:
    header = read_header(["Kraj", "Email"])
    assert [(one.heading, "COUNTRY or REGION" in one.message) for one in header.remarks] == [("Kraj", True)]
    assert fields_of("Kraj", "Email", Kraj=F.COUNTRY)["Kraj"] is F.COUNTRY


def test_unknown_headings_are_remarked_once_and_blank_ones_never() -> None:
    header = read_header(["Colour", "", " ", "Email"], [("Size", F.COMPANY)])
    assert [one.heading for one in header.remarks] == ["Size", "Colour"]
    assert header.width == 4


def test_the_preferred_column_of_a_field_comes_first() -> None:
    columns = read_header(["Title", "Mobile Phone", "Business Phone", "Job Title"]).columns
    assert [one.heading for one in columns[F.TITLE]] == ["Job Title", "Title"]
    assert [one.heading for one in columns[F.PHONE]] == ["Business Phone", "Mobile Phone"]


def test_a_column_mapped_to_nothing_is_left_out_without_a_remark() -> None:
    header = read_header(["Email", "Company"], [("company", F.IGNORE)])
    assert (set(header.columns), list(header.remarks)) == ({F.EMAIL}, [])
