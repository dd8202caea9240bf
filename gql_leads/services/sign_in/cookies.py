"""The cookie that keeps the refresh token of a browser."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

COOKIE: Final = "gql_leads_refresh"


def refresh_cookie(refresh_token: str, lasts: timedelta, public_url: str) -> str:
    """Return the cookie that holds a browser's refresh token: pages cannot read it, and only `/auth` receives it."""
    return f"{COOKIE}={refresh_token}; Max-Age={int(lasts.total_seconds())}; {_attributes(public_url)}"


def cleared_cookie(public_url: str) -> str:
    """Return the cookie that makes a browser forget the refresh token."""
    return f"{COOKIE}=; Max-Age=0; {_attributes(public_url)}"


def _attributes(public_url: str) -> str:
    """Return the cookie's attributes; the path begins with that of the public address."""
    parts = urlsplit(public_url)
    secure = "; Secure" if parts.scheme == "https" else ""
    return f"Path={parts.path}/auth; HttpOnly; SameSite=Strict{secure}"
