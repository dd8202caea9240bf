"""The domains of mail providers."""

import pytest

from gql_leads.domain.matching.mail_providers import PROVIDERS, is_provider, name_label


def test_providers_are_lower_case_domains() -> None:
    assert all("." in domain and domain == domain.lower() for domain in PROVIDERS)


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "hotmail.be", "hotmail.com.br", "yahoo.co.uk", "gmx.li", "live.nl", "docomo.ne.jp", "mail.ru", "t-online.de", "libero.it",
     "telenet.be", "yahoo.example", "students.gmail.com"],
)  # fmt: skip
def test_a_brand_is_a_provider_under_every_top_level_domain(domain: str) -> None:
    assert is_provider(domain)


@pytest.mark.parametrize("domain", ["contoso.com", "outlook.contoso.com", "mygmail.com", "gmail", ""])
def test_any_other_domain_is_none(domain: str) -> None:
    assert not is_provider(domain)


@pytest.mark.parametrize(
    ("domain", "label"),
    [("contoso.com", "contoso"), ("mail.contoso.com", "contoso"), ("contoso.co.uk", "contoso"), ("co.uk", "co"), ("localhost", "")],
)
def test_the_label_before_the_public_suffix_names_the_owner(domain: str, label: str) -> None:
    assert name_label(domain) == label
