"""Which media type a response gets, and which a request's body may have."""

from dataclasses import dataclass
from functools import lru_cache

from gql_leads.graphql_server.errors import Refused

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
RANGES = {
    # A client that does not say what it understands is taken for one older than the specification: JSON comes first.
    "*/*": (JSON, GRAPHQL_RESPONSE),
    "application/*": (JSON, GRAPHQL_RESPONSE),
    "text/*": (EVENT_STREAM,),
    GRAPHQL_RESPONSE: (GRAPHQL_RESPONSE,),
    JSON: (JSON,),
    EVENT_STREAM: (EVENT_STREAM,),
}
"""What each media range covers of ours."""
SPECIFICITY = {"*/*": 0, "application/*": 1, "text/*": 1}
NAMED = 2


@dataclass(frozen=True, slots=True)
class Acceptable:
    """The media types a client accepts, the one it likes best first; empty: none of ours."""

    types: tuple[str, ...]

    @property
    def best(self) -> str | None:
        """The type of an ordinary response."""
        return self.types[0] if self.types else None

    @property
    def streams(self) -> bool:
        """Whether a subscription may be answered by an event stream."""
        return EVENT_STREAM in self.types


@lru_cache(maxsize=256)
def acceptable(accept: str | None) -> Acceptable:
    """Read an `Accept` header: by weight, then as listed; a wildcard never goes before what is named.

    The most specific range that covers a type decides on it, and of equal ones the most generous.
    """
    if accept is None or not accept.strip():
        return Acceptable((JSON,))
    wishes: dict[str, tuple[int, float]] = {}
    for part in accept.split(","):
        range_, parameters = parsed(part)
        if parameters.get("charset", "utf-8") != "utf-8":
            continue
        wish = (SPECIFICITY.get(range_, NAMED), weight_of(parameters.get("q")))
        for type_ in RANGES.get(range_, ()):
            if type_ not in wishes or wish > wishes[type_]:
                wishes.pop(type_, None)  # so that it takes its place among those listed here
                wishes[type_] = wish
    liked = [type_ for type_, (_, weight) in wishes.items() if weight > 0]
    liked.sort(key=lambda type_: (-wishes[type_][1], wishes[type_][0] < NAMED))
    return Acceptable(tuple(liked))


@lru_cache(maxsize=256)
def require_json(content_type: str | None) -> None:
    """Refuse a body that does not say to be JSON in UTF-8."""
    media_type, parameters = parsed(content_type or "")
    if media_type != JSON:
        raise Refused("Send the request as JSON, with the header `Content-Type: application/json`.", status=415)
    if parameters.get("charset", "utf-8") not in {"utf-8", "utf8"}:
        raise Refused("Send the JSON in UTF-8; no other charset is understood.", status=415)


def parsed(value: str) -> tuple[str, dict[str, str]]:
    """Split a media type from its parameters, all in lower case."""
    media_type, *rest = value.lower().split(";")
    pairs = (part.partition("=") for part in rest)
    return media_type.strip(), {name.strip(): text.strip().strip('"') for name, _, text in pairs}


def weight_of(text: str | None) -> float:
    """Read a `q`; what is no weight counts as none given."""
    try:
        return min(1.0, float(text)) if text is not None else 1.0
    except ValueError:
        return 1.0
