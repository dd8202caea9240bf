"""The limits and timeouts of the endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gql_leads.graphql_server.documents.limits import Limits


class Introspection(Enum):
    """The callers that may query the schema."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits for one client; sizes in bytes, times in seconds."""

    limits: Limits = field(default_factory=Limits)
    introspection: Introspection = Introspection.NOBODY
    persisted: Mapping[str, str] = field(default_factory=dict)
    """Persisted documents by `documentId`, such as `sha256:…`."""
    suggestions: bool = False
    """True if errors suggest names that the caller may have meant, which tells names of the schema."""
    only_persisted: bool = False
    simple_get: bool = False
    """True if GET needs no header that makes a browser send a CORS preflight."""
    allowed_origins: frozenset[str] = frozenset()
    """Origins that may call the endpoint from a browser: `https://…`, or `*` for all."""
    own_origin: str | None = None
    """The origin of the public address; the one that a request's `Host` names is this server's own as well."""
    allows_local_origins: bool = False
    """True if pages of this machine, at any port, may call the endpoint."""
    allowed_headers: tuple[str, ...] = ()
    """Names of request headers that pages of other origins may send besides those of GraphQL clients, tracing and EventSource."""
    body_size: int = 1_000_000
    frame_size: int = 256_000
    header_size: int = 16_000
    json_depth: int = 64
    json_values: int = 10_000
    deadline: float = 10.0
    """The timeout for receiving a body, and the one for executing a query or mutation."""
    rate: int = 0
    """The cost per minute for each member, or each address without a token; 0 for no limit."""
    operations_per_member: int = 8
    """Queries and mutations of a member, or of an address without a token, that run at once; more wait."""
    slot_timeout: float = 5.0
    """How long an operation waits for the others of its member."""
    replays_per_member: int = 4
    """Subscriptions of a member that replay past events at once; more wait."""
    sockets_per_member: int = 20
    """The maximum of WebSockets and event streams together."""
    operations_per_socket: int = 100
    init_timeout: float = 5.0
    send_timeout: float = 30.0
    """A client that does not read for this time is closed with 4508."""
    heartbeat: float = 30.0
    """A stream without messages for this time is sent its position."""
    comment_interval: float = 12.0
    """The interval of comments that keep an idle event stream alive."""
    recheck_interval: float = 3.0
    """The interval of checks for revoked rights."""
