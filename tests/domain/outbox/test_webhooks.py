"""URLs of webhooks: public https addresses only, in any way of writing them."""

from datetime import timedelta
from ipaddress import ip_address

import pytest

from gql_leads.domain.outbox.webhooks import WebhookRules, is_public, why_refused

PRODUCTION = WebhookRules(requires_https=True)
PRIVATE = (
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.0.1",
    "100.64.0.1", "100.100.100.200", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.192",
    "198.18.0.1", "192.0.2.1", "168.63.129.16", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fe80::1%eth0",
    "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001:0:53aa::1",
    "2001:db8::1", "100::1", "3fff::1", "4000::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_special_addresses_are_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert why_refused(f"https://{host}/", PRODUCTION) is not None


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_public_addresses_are_accepted(address: str) -> None:
    assert is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert why_refused(f"https://{host}:8443/hook?x=1", PRODUCTION) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://127.0.0.1./",
        "https://localhost/", "https://LOCALHOST./", "https://a.localhost/", "https://metadata.google.internal/", "https://printer.local/",
        "https://intranet/", "https://①②⑦.0.0.1/", "https://user:password@example.com/", "https://user@example.com/", "http://example.com/",
        "ftp://example.com/", "file:///etc/passwd", "//example.com/", "example.com", "", "https://", "https:///path", "https://example.com:0/",
        "https://example.com:99999/", "https://exa mple.com/", "https://example.com/\n", "https://example.com\\@127.0.0.1/", "https://[::1/",
        "https://example.com/" + "x" * 2_000, "https://example.com/b\u00fccher", "https://b\u00fccher.example/",
    ],
)  # fmt: skip
def test_other_ways_to_write_them_and_bad_urls_are_refused(url: str) -> None:
    assert why_refused(url, PRODUCTION) is not None


def test_settings_allow_private_addresses_and_http() -> None:
    assert why_refused("http://example.com/", WebhookRules()) is None
    assert why_refused("http://127.0.0.1:9000/", WebhookRules()) is not None
    assert why_refused("http://127.0.0.1:9000/", WebhookRules(allow_private=True, requires_https=True)) is None


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [PRODUCTION.pause_after(attempts) for attempts in (1, 2, 3, 10, 11, 1_000)]
    assert pauses == [timedelta(seconds=5 * factor) for factor in (1, 2, 4, 512, 720, 720)]
