"""Which names mean the same company or person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_leads.domain.matching.names import CompanyName, company_key, company_name, name_key, same_company, same_name


@pytest.mark.parametrize(
    ("one", "other"),
    [("Contoso", " CONTOSO "), ("Contoso Ltd", "contoso, Ltd."), ("Contoso", "The Contoso GmbH & Co. KG"), ("École", "ÉCOLE S.A."),
     ("Straße AG", "STRASSE"), ("O'Neil", "ONeil Inc."), ("Smith & Sons", "Smith and Sons"), ("***", " *** ".strip()),
     ("Volvo AB", "Volvo"), ("Spotify AB (publ)", "Spotify"), ("Kilo, LLC", "Kilo LLC"), ("Kilo, L.L.C.", "KILO"),
     ("Lego A/S", "LEGO"), ("Orlen Sp. z o.o.", "Orlen"), ("Orlen sp.z o. o.", "ORLEN"), ("Luxco S.à r.l.", "Luxco"),
     ("Luxco S. à r. l.", "Luxco SARL"), ("Acme Co., Ltd.", "Acme"), ("Acme Pty Ltd", "Acme"), ("Foo s. r. o.", "Foo"),
     ("Foo spol. s r.o.", "Foo"), ("Fiat S.p.A.", "FIAT SpA"), ("Bar Kft.", "Bar"), ("Telia Oyj", "Telia"), ("Işık A.Ş.", "IŞIK"),
     ("Cemex S.A.B. de C.V.", "Cemex"), ("Tata Pvt. Ltd.", "Tata"), ("Petronas Sdn. Bhd.", "Petronas"), ("Acme, Inc.", "ACME INC"),
     ("株式会社トヨタ", "トヨタ株式会社"), ("株式会社 トヨタ", "トヨタ"), ("㈱トヨタ", "トヨタ"), ("(주)삼성", "삼성 주식회사"),
     ("华为技术有限公司", "华为技术"), ("บริษัท ปตท จำกัด", "ปตท จำกัด (มหาชน)"), ("שופרסל בע״מ", "שופרסל"), ('שופרסל בע"מ', "שופרסל"),
     ("Ромашка ООО", "«Ромашка»"), ("ООО «Ромашка»", "ооо Ромашка")],
)  # fmt: skip
def test_a_legal_form_at_the_end_does_not_count_in_any_of_its_notations(one: str, other: str) -> None:
    assert same_company(one, other)
    assert same_company(other, one)
    assert company_key(one) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("Contoso", "Contoso2"), ("Acme Group", "Acme Holding"), ("The Company", "The Corporation"), ("Contoso", "Con toso"), ("!", "?"),
     ("AS Fracht", "KK Fracht"), ("KK Fracht", "SL Fracht"), ("AS Fracht", "SL Fracht"), ("AS Watson", "Watson Ltd"),
     ("Co-op Bank", "Op Bank"), ("Bank Op-Co", "Bank Op"), ("C++ X", "C# X"), ("C++", "C"), ("A+ Services", "A Services"),
     ("Müller", "Muller"), ("Łódź", "Lodz"), ("राम", "रोम"), ("กิน", "กัน"), ("がく", "かく"), ("मोहन", "महन"), ("கா", "கி"), ("កា", "កី"),
     ("Йод", "Иод"), ("AB", "KK"), ("EV Motors", "Motors")],
)  # fmt: skip
def test_different_companies_stay_different(one: str, other: str) -> None:
    assert not same_company(one, other)
    assert not same_company(other, one)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("AB Volvo", "Volvo", True),
        ("AB Volvo", "Volvo AB", True),
        ("AB Volvo", "Volvo Ltd", False),
        ("AB Volvo", "KB Volvo", False),
        ("ООО Ромашка", "Ромашка", True),
        ("ООО Ромашка", "Ромашка ООО", True),
        ("SARL Dupont", "Dupont", True),
        ("PT Astra", "Astra", True),
        ("AS Watson", "Watson", True),
        ("Inc Magazine", "Magazine", False),
        ("Co Op", "Op", False),
    ],
)
def test_a_legal_form_in_front_is_dropped_only_against_the_whole_name_or_the_same_form_behind(one: str, other: str, is_same: bool) -> None:
    assert same_company(one, other) is same_company(other, one) is is_same


@pytest.mark.parametrize("apostrophe", "’‘´`ʼ'＇ʻ′")
@pytest.mark.parametrize("name", ["O{}Neil", "D{}Arcy Ltd"])
def test_every_apostrophe_is_the_same(apostrophe: str, name: str) -> None:
    assert same_company(name.format(apostrophe), name.format("'"))
    assert same_name(name.format(apostrophe), name.format("'"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Coca‑Cola", "Coca-Cola"), ("Coca–Cola", "Coca—Cola"), ("Coca－Cola", "Coca‐Cola"), ("Marks ＆ Spencer", "Marks & Spencer"),
     ("Marks  &  Spencer", "Marks&Spencer"), ("ＡＣＭＥ　Ｃｏｒｐ", "Acme Corp"), ("ｿﾆｰ", "ソニー"), ("Acme\u200b Cloud", "Acme Cloud"),
     ("Acme™", "ACME®"), ("مُحَمَّد", "محمد"), ("שָׁלוֹם", "שלום"), ("محـــمد", "محمد"),
     ("İzmir Gıda", "IZMIR GIDA"), ("A.P. Møller", "AP MØLLER")],
)  # fmt: skip
def test_forms_that_people_type_for_one_another_are_equal(one: str, other: str) -> None:
    assert same_company(one, other)
    assert same_name(one, other)


def test_a_whole_name_keeps_its_legal_form() -> None:
    assert same_name("SL Fracht", "sl fracht")
    assert not same_name("SL Fracht", "Fracht")
    assert not same_name("Kilo LLC", "Kilo Ltd")


def test_the_parts_of_a_name_are_what_the_store_keeps() -> None:
    assert company_name("Volvo AB") == CompanyName("volvo", "ab")
    assert company_name("AB Volvo") == CompanyName("ab volvo", "ab", "volvo")
    assert company_name("Volvo") == CompanyName("volvo")
    assert company_name("株式会社トヨタ") == CompanyName("トヨタ", "株式会社")


@given(st.text(min_size=1, max_size=40))
def test_any_text_has_a_key_and_equals_itself(name: str) -> None:
    assert same_company(name, name)
    assert same_name(name, name)
    assert company_key(name) == company_key(f" {name.strip()} ")
    assert name_key(name) or not name.strip() or not name.isprintable()
