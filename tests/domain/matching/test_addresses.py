"""Which addresses and domains are one, and which domains are a company's own."""

import pytest

from gql_leads.domain.matching.addresses import company_domain, domain_key, email_key, email_spellings, is_named_in, is_own_domain


@pytest.mark.parametrize(
    ("one", "other"),
    [("a@müller.example", "A@XN--MLLER-KVA.example"), ("a@例え.jp", "a@xn--r8jz45g.jp"), ("A@Contoso.example", "a@contoso.EXAMPLE")],
)
def test_an_address_and_its_punycode_are_one(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


def test_what_is_no_punycode_stays_as_it_is() -> None:
    assert domain_key("xn--.example") == "xn--.example"
    assert domain_key("xn--99999999999.example") == "xn--99999999999.example"


def test_an_address_of_other_letters_has_two_spellings() -> None:
    assert email_spellings("a@müller.example") == ("a@müller.example", "a@xn--mller-kva.example")
    assert email_spellings("a@xn--mller-kva.example") == ("a@xn--mller-kva.example", "a@müller.example")
    assert email_spellings("müller") == ("müller",)
    assert email_spellings("A@Contoso.example") == ("A@Contoso.example",)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("Aparna@Contoso.Example", "contoso.example"),
        ("aparna@xn--mller-kva.example", "müller.example"),
        ("aparna@GMAIL.com", None),
        ("ada@hotmail.be", None),
        ("ada@yahoo.com.vn", None),
        ("ada@outlook.kz", None),
        ("ada@vip.163.com", None),
        ("aparna", None),
        ("aparna@localhost", None),
        (None, None),
    ],
)
def test_a_domain_is_a_companys_unless_everybody_may_be_there(email: str | None, expected: str | None) -> None:
    assert company_domain(email) == expected


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        ("acme.example", "Acme Cloud"),
        ("acmecloud.com", "Acme Cloud GmbH"),
        ("acme-cloud.co.uk", "ACME Cloud, Inc."),
        ("mail.acme.example", "The Acme Company"),
        ("müller.de", "Müller KG"),
        ("xn--mller-kva.de", "Müller KG"),
        ("oneil.com", "O'Neil S.A."),
        ("oneil.com", "O’Neil S.A."),
    ],
)
def test_a_domain_with_the_companys_name_belongs_to_it(domain: str, company: str) -> None:
    assert is_named_in(domain, company)


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        ("contoso.com", "Acme"),
        ("contoso.com", "Com"),
        ("contoso.com", None),
        ("contoso.com", "!!!"),
        ("cloud.com", "Acme Cloud"),
        ("company.com", "The Company"),
        ("a.example", "A"),
        ("", "Acme"),
    ],
)
def test_any_other_domain_does_not(domain: str, company: str | None) -> None:
    assert not is_named_in(domain, company)


@pytest.mark.parametrize(
    ("domain", "company", "is_own"),
    [
        ("contoso.example", "Contoso Ltd", True),
        ("mail.contoso.co.uk", "Contoso Ltd", True),
        ("contoso.provider.example", "Contoso Ltd", False),
        ("hotmail.be", "Hotmail Repairs", False),
        ("bread.example", "Bakery", False),
    ],
)
def test_a_domain_is_the_companys_own_where_the_company_bears_its_name(domain: str, company: str, is_own: bool) -> None:
    assert is_own_domain(domain, company) is is_own
