import pytest

from gql_leads.domain.values.codes import COUNTRIES, CURRENCIES


def test_there_are_250_countries_with_two_capital_letters_and_a_name() -> None:
    assert len(COUNTRIES) == 250
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)
    assert all(name and name == name.strip() and "\n" not in name for name in COUNTRIES.values())
    assert len(set(COUNTRIES.values())) == len(COUNTRIES)


@pytest.mark.parametrize(
    ("code", "name"),
    [("AD", "Andorra"), ("CI", "Côte d'Ivoire"), ("BQ", "Bonaire, Sint Eustatius and Saba"), ("ZW", "Zimbabwe"), ("XK", "Kosovo")],
)
def test_a_country_has_its_english_name(code: str, name: str) -> None:
    assert COUNTRIES[code] == name


@pytest.mark.parametrize("code", ["XX", "UK", "EU", "fr", ""])
def test_other_codes_are_not_countries(code: str) -> None:
    assert code not in COUNTRIES


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)])
def test_a_currency_has_the_digits_of_its_minor_unit(code: str, digits: int) -> None:
    assert CURRENCIES[code] == digits


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "DEM", "eur", ""])
def test_codes_without_a_minor_unit_are_not_currencies(code: str) -> None:
    assert code not in CURRENCIES


def test_every_currency_has_three_capital_letters() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
