from gql_leads.domain.values.codes import COUNTRIES
from gql_leads.domain.values.country_names import country_code


def test_every_code_and_english_name_is_known() -> None:
    for code, name in COUNTRIES.items():
        assert (country_code(code.lower()), country_code(name)) == (code, code)


def test_other_names_are_known_and_unknown_ones_are_not() -> None:
    names = ("Czechy", "Tschechien", "République tchèque", "CZE", "Korea, Republic of", "Österreich", "UK")
    assert [country_code(name) for name in names] == ["CZ", "CZ", "CZ", "CZ", "KR", "AT", "GB"]
    assert country_code("Atlantis") is None
