"""Values of settings: functions that convert a variable's text, or say what it should be."""

import re
from ipaddress import ip_network
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field
from pydantic_core import PydanticCustomError

from gql_leads.environment import SECRET_BYTES

HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


def _wrong(sentence: str) -> PydanticCustomError:
    # Pydantic formats the template, so a sentence with braces must be an argument.
    return PydanticCustomError("setting", "{sentence}", {"sentence": sentence})


def database_url(url: str) -> str:
    """Return the URL of a database with the scheme that Tortoise knows."""
    parts = urlsplit(url)
    if parts.scheme in {"postgres", "postgresql"}:
        if not parts.path.removeprefix("/"):
            raise _wrong("should name a database, as in postgres://user:password@host:5432/leads")
        if "pgbouncer" in dict(parse_qsl(parts.query)):
            raise _wrong("should not have the option pgbouncer; set GQL_LEADS_PGBOUNCER=true instead")
        return f"postgres://{url.partition('://')[2]}"
    path = url.removeprefix("sqlite://")
    if path == url or not path or path.startswith(":") or "?" in path:
        raise _wrong("should be sqlite:// followed by the path of a file, or postgres://user:password@host:5432/leads")
    return url


def redis_url(url: str | None) -> str | None:
    """Return the URL of a Redis server."""
    if url is not None and not re.fullmatch(r"rediss?://[^\s/?#]+(/\d*)?", url):
        raise _wrong("should be redis://host:6379 or rediss://user:password@host:6379/0")
    return url


def public_url(url: str) -> str:
    """Return an http address without its trailing slash."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise _wrong("should be an http or https address without a query, as in https://leads.example.com")
    return url.rstrip("/")


def smtp_url(url: str | None) -> str | None:
    """Return the URL of a mail server."""
    parts = urlsplit(url or "")
    if url is not None and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        raise _wrong("should be smtp:// or smtps:// with a host, as in smtp://user:password@mail.example.com:587")
    return url


def oidc_issuer(url: str | None) -> str | None:
    """Return the issuer of tokens unchanged, because theirs is compared with it letter by letter."""
    parts = urlsplit(url or "")
    is_http = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    if url is not None and (not is_http or "@" in parts.netloc or parts.query or parts.fragment):
        raise _wrong("should be an https address without a query, as in https://login.example.com/realms/sales")
    return url


def origins(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return origins of web pages."""
    given = names(text)
    for origin in given:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}":
            raise _wrong("should be origins with commas between, as in https://app.example.com,http://localhost:5173")
    return given


def header_names(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return names of request headers in lower case."""
    given = names(text)
    if not all(HEADER_NAME.fullmatch(name) for name in given):
        raise _wrong("should be names of request headers with commas between, as in x-tenant,x-app-version")
    return tuple(name.lower() for name in given)


def networks(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return addresses and networks in CIDR notation."""
    try:
        return tuple(str(ip_network(address, strict=False)) for address in names(text))
    except ValueError:
        raise _wrong("should be addresses or networks with commas between, as in 127.0.0.1,10.0.0.0/8") from None


def names(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Split names at commas and spaces."""
    return tuple(filter(None, text.replace(",", " ").split())) if isinstance(text, str) else text


def secret(text: str | None) -> str | None:
    """Return a secret that is long enough."""
    if text is not None and len(text.encode()) < SECRET_BYTES:
        raise _wrong(f"should be at least {SECRET_BYTES} bytes long; make one with: openssl rand -base64 48")
    return text


def secrets(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Split secrets at line breaks, or in a single line at commas."""
    if isinstance(text, tuple):
        return text
    found = tuple(filter(None, (part.strip() for part in (text.splitlines() if "\n" in text else text.split(",")))))
    if any(len(one.encode()) < SECRET_BYTES for one in found):
        raise _wrong(f"should be secrets of at least {SECRET_BYTES} bytes, with commas between or one a line")
    return found


Days = Annotated[int, Field(ge=1, le=3650)]
Hours = Annotated[int, Field(ge=1, le=24 * 3650)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=10**9)]
