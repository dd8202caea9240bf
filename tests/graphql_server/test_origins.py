"""Which origins may call, and which are logged."""

import logging

import pytest

from gql_leads.graphql_server.origins import Origins, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Leads.Example.com:443/crm", "https://leads.example.com"),
        ("http://leads.example.com:80", "http://leads.example.com"),
        ("https://leads.example.com:8443", "https://leads.example.com:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_origin_is_written_as_browsers_send_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_own_origin_is_the_public_one_or_that_of_the_host() -> None:
    origins = Origins(frozenset(), "https://leads.example.com", allows_local=False)
    assert origins.is_own("https://leads.example.com", "127.0.0.1:8000")
    assert origins.is_own("http://127.0.0.1:8000", "127.0.0.1:8000")
    for other in ("https://leads.example.com.evil.test", "http://leads.example.com", "null", "http://[", ""):
        assert not origins.is_own(other, "")


def test_pages_of_this_machine_are_allowed_only_in_development() -> None:
    local = ("http://localhost:5173", "http://127.0.0.1:3000", "http://localhost", "https://localhost:3000", "http://[::1]:3000")
    other = (
        "http://localhost.evil.test:5173", "http://127.0.0.1.evil.test", "http://localhost:5173.evil.test", "http://127.0.0.2:1", "null",
    )  # fmt: skip
    development, production = (Origins(frozenset(), None, allows_local=allows_local) for allows_local in (True, False))
    assert all(map(development.allows, local))
    assert not any(map(development.allows, other))
    assert not any(map(production.allows, (*local, *other)))


def test_refused_origin_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    origins = Origins(frozenset({"https://friend.test"}), None, allows_local=False)
    with caplog.at_level(logging.WARNING):
        for origin in ("https://evil.test", "https://friend.test", "https://evil.test", "https://other.test", "x\n" * 5_000):
            origins.allows(origin)
        for number in range(1_000):
            origins.allows(f"https://{number}.test")
    lines = [record.getMessage() for record in caplog.records]
    assert sum("'https://evil.test'" in line for line in lines) == 1
    assert sum("'https://other.test'" in line for line in lines) == 1
    assert not any("friend" in line or "\n" in line or len(line) > 1_000 for line in lines)
    assert len(lines) == 100


def test_cookies_are_for_the_site_itself_and_for_origins_allowed_by_name() -> None:
    origins = Origins(frozenset({"https://app.test", "*"}), "https://leads.example.com", allows_local=True)
    for origin in (None, "https://app.test", "https://leads.example.com", "http://127.0.0.1:8000"):
        assert origins.may_use_cookies(origin, "127.0.0.1:8000")
    for origin in ("https://evil.test", "*", "null", "", "http://localhost:5173", "https://app.test.evil.test"):
        assert not origins.may_use_cookies(origin, "127.0.0.1:8000")
    assert not origins.may_use_cookies("null", "")
