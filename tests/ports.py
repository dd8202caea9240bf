"""Ports for servers of other processes, which can only be told a number."""

import socket


def held_port() -> tuple[int, socket.socket]:
    """A port that the system gives to nobody as long as the socket is open, while a server of ours can listen on it."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # which servers set as well: both may then be bound
    holder.bind(("127.0.0.1", 0))
    return int(holder.getsockname()[1]), holder
