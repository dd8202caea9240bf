"""Free ports for servers in other processes."""

import socket


def reserve_port() -> tuple[int, socket.socket]:
    """Return a free port, and a socket that reserves it while it is open; a server can still listen on the port."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # Servers set it too, so that both can bind the port.
    holder.bind(("127.0.0.1", 0))
    return int(holder.getsockname()[1]), holder
