"""The cookie of the refresh token."""

from datetime import timedelta

import pytest

from gql_leads.services.sign_in.cookies import cleared_cookie, refresh_cookie


@pytest.mark.parametrize(
    ("public_url", "attributes"),
    [
        ("http://127.0.0.1:8000", "Path=/auth; HttpOnly; SameSite=Strict"),
        ("https://leads.example.com", "Path=/auth; HttpOnly; SameSite=Strict; Secure"),
        ("https://example.com/leads", "Path=/leads/auth; HttpOnly; SameSite=Strict; Secure"),
    ],
)
def test_cookie_belongs_to_the_auth_paths_of_the_public_address(public_url: str, attributes: str) -> None:
    assert refresh_cookie("token", timedelta(days=30), public_url) == f"gql_leads_refresh=token; Max-Age=2592000; {attributes}"
    assert cleared_cookie(public_url) == f"gql_leads_refresh=; Max-Age=0; {attributes}"
