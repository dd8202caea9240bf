"""PostgreSQL URLs: their options, TLS, and the arguments that asyncpg takes for them."""

import ssl
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from gql_leads.domain.errors import BadInput

OPTIONS: Final = {"host", "sslmode", "sslrootcert", "pgbouncer"}
"""Query options that a URL may have; all but `pgbouncer` are those of libpq."""
TLS_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
VERIFYING: Final = {"verify-ca", "verify-full"}


def options_of(url: str) -> dict[str, str]:
    """Return the query options of a URL."""
    return dict(parse_qsl(urlsplit(url).query))


def check_options(url: str) -> None:
    """Raise BadInput if a URL has an unknown option or a wrong value for one."""
    options = options_of(url)
    if unknown := options.keys() - OPTIONS:
        raise BadInput(f"The database URL has an unknown option, {min(unknown)}. Known are: {', '.join(sorted(OPTIONS))}.")
    if options.get("sslmode", "prefer") not in TLS_MODES:
        raise BadInput(f"The database URL's sslmode should be one of {', '.join(TLS_MODES)}; it is {options['sslmode']}.")
    if options.get("pgbouncer", "true") not in {"true", "false"}:
        raise BadInput(f"The database URL's pgbouncer should be true or false; it is {options['pgbouncer']}.")
    _tls(options)


def is_pgbouncer(url: str) -> bool:
    """Return whether the URL leads to PgBouncer in transaction mode."""
    return options_of(url).get("pgbouncer") == "true"


def connection_arguments(url: str) -> dict[str, Any]:
    """Return asyncpg's arguments for a connection to this URL."""
    parts, options = urlsplit(url), options_of(url)
    arguments = {
        "host": unquote(parts.hostname or "") or options.get("host") or "127.0.0.1",
        "ssl": _tls(options),
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
    }
    # The next transaction may get another session, which does not know the statements prepared in this one.
    return arguments | {"statement_cache_size": 0} if is_pgbouncer(url) else arguments


async def connect(url: str, name: str, *, timeout: float = 5, command_timeout: float | None = None) -> asyncpg.Connection:
    """Return a connection that belongs to no pool; `name` is its application name."""
    return await asyncpg.connect(
        **connection_arguments(url), timeout=timeout, command_timeout=command_timeout, server_settings={"application_name": name}
    )


def _tls(options: Mapping[str, str]) -> ssl.SSLContext | str | None:
    """Return a mode that asyncpg knows, or a context where the certificate of the server is verified."""
    mode, ca_file = options.get("sslmode"), options.get("sslrootcert")
    if mode is None and ca_file:
        mode = "verify-full"
    elif mode == "require" and ca_file:
        mode = "verify-ca"  # as libpq does
    if mode not in VERIFYING:
        return mode
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(f"{ca_file} should hold the certificates of the authorities that PostgreSQL's may be signed by: {error}.") from None
    context.check_hostname = mode == "verify-full"
    return context
