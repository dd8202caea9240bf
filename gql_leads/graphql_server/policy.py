"""The endpoint's figures: sizes, times and rates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gql_leads.graphql_server.documents.limits import Limits


class Introspection(Enum):
    """Who may ask for the schema."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one client may send, keep open and wait for; sizes in bytes, times in seconds."""

    limits: Limits = field(default_factory=Limits)
    introspection: Introspection = Introspection.NOBODY
    persisted: Mapping[str, str] = field(default_factory=dict)
    """Persisted documents by `documentId`, such as `sha256:…`."""
    only_persisted: bool = False
    simple_get: bool = False
    """Whether GET needs no header that makes a browser ask first."""
    allowed_origins: frozenset[str] = frozenset()
    """Origins of other sites whose pages may call: `https://…`, or `*` for all."""
    body_size: int = 1_000_000
    frame_size: int = 256_000
    header_size: int = 16_000
    json_depth: int = 64
    json_values: int = 10_000
    deadline: float = 10.0
    """For reading a request's body, and again for executing a query or mutation."""
    rate: int = 0
    """Cost a minute for each member, or each address without a token; 0 is off."""
    sockets_per_member: int = 20
    """WebSockets and event streams together."""
    operations_per_socket: int = 100
    init_timeout: float = 5.0
    send_timeout: float = 30.0
    """A client that reads nothing for so long is closed with 4508."""
    heartbeat: float = 30.0
    """A stream that was quiet for so long is told the position it reached."""
    comment_interval: float = 12.0
    """How often a quiet event stream is kept alive by a comment."""
    recheck_interval: float = 3.0
    """How often the application is asked whose rights were revoked."""
