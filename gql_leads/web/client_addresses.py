"""The client's address as the key of limits."""

import ipaddress

from starlette.requests import HTTPConnection


def client_key(connection: HTTPConnection) -> str:
    """Return the key of the client's address; an IPv6 /64 has one key, because it belongs to one customer."""
    host = connection.client.host if connection.client else ""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return f"address {host}"
    return f"address {ipaddress.ip_network((ip, 64), strict=False)}" if ip.version == 6 else f"address {ip}"
