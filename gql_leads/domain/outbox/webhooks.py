"""Webhooks: their rules, and the addresses to which the service delivers."""

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

LONGEST_URL: Final = 2_000
MOST_WEBHOOKS: Final = 50
"""Largest number of webhooks of a partner, and of the vendor."""
GIVEN_UP_AFTER: Final = timedelta(days=3)
PAUSED_AFTER: Final = timedelta(days=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
DELIVERIES_KEPT_FOR: Final = timedelta(days=30)
PRIVATE_ADDRESS: Final = "the address is not a public one"
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "localdomain", "home.arpa")
_REFUSED_IPV4: Final = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
"""Special addresses that Python counts as global in some versions, and the metadata address of Azure."""
_UNICAST: Final = ip_network("2000::/3")
_REFUSED_IPV6: Final = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Addresses of tunnels, which lead to an IPv4 address, and of documentation."""


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """Where webhooks may lead, and the pause after the first failure."""

    allow_private: bool = False
    requires_https: bool = False
    retry: timedelta = timedelta(seconds=5)

    def pause_after(self, attempts: int) -> timedelta:
        """Return the pause after so many failed attempts: it doubles up to an hour."""
        doublings: int = min(max(attempts - 1, 0), 20)
        return min(self.retry * (1 << doublings), LONGEST_PAUSE)


DEFAULT_RULES: Final = WebhookRules()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return True for a unicast address of the internet; an IPv6 address that embeds an IPv4 address is none."""
    if isinstance(address, IPv6Address):
        return address in _UNICAST and address.is_global and not any(address in network for network in _REFUSED_IPV6)
    return address.is_global and not address.is_multicast and not any(address in network for network in _REFUSED_IPV4)


def why_refused(url: str, rules: WebhookRules) -> str | None:
    """Return what is wrong with the URL of a webhook, as a sentence; None if a look at its text finds nothing."""
    if len(url) > LONGEST_URL:
        return f"Give a URL of at most {LONGEST_URL} characters."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "Give an absolute URL, such as https://www.example.com/leads."
    if parts.scheme not in ("https", "http") or not host or _UNSAFE.search(url) or port == 0:
        return "Give an absolute URL, such as https://www.example.com/leads."
    if parts.scheme == "http" and rules.requires_https and not rules.allow_private:
        return "Give a URL that begins with https://."
    if "@" in parts.netloc:
        return "Leave user name and password out of the URL; verify the signature of each delivery instead."
    if not url.isascii() and host.isascii():
        return "Write the path in ASCII: other characters as their bytes in UTF-8, such as %C3%BC."
    if not host.isascii() or "%" in host:
        return "Write the host name in ASCII, such as xn--bcher-kva.example."
    return None if rules.allow_private else _why_host_refused(host)


def _why_host_refused(host: str) -> str | None:
    literal = _literal(host)
    if literal is not None:
        return None if is_public(literal) else "Give the URL of a public server: this is a private or reserved address."
    labels = host.rstrip(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return "Write the address as four decimal numbers with dots, or give a host name."
    if any(host.rstrip(".") == name or host.rstrip(".").endswith(f".{name}") for name in _LOCAL_NAMES) or len(labels) < 2:
        return "Give the URL of a public server: this is a name of a local one."
    return None


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
