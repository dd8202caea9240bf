"""The media types of responses and of request bodies."""

from dataclasses import dataclass
from functools import lru_cache

from gql_leads.graphql_server.errors import Refused

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
RANGES = {
    # Clients older than the GraphQL over HTTP specification send no precise type, so JSON comes first.
    "*/*": (JSON, GRAPHQL_RESPONSE),
    "application/*": (JSON, GRAPHQL_RESPONSE),
    "text/*": (EVENT_STREAM,),
    GRAPHQL_RESPONSE: (GRAPHQL_RESPONSE,),
    JSON: (JSON,),
    EVENT_STREAM: (EVENT_STREAM,),
}
"""The supported media types in each media range."""
SPECIFICITY = {"*/*": 0, "application/*": 1, "text/*": 1}
NAMED = 2


@dataclass(frozen=True, slots=True)
class Acceptable:
    """The supported media types that a client accepts, the preferred one first."""

    types: tuple[str, ...]

    @property
    def best(self) -> str | None:
        """The media type of the response; None if the client accepts none."""
        return self.types[0] if self.types else None

    @property
    def streams(self) -> bool:
        """True if the client accepts an event stream."""
        return EVENT_STREAM in self.types


@lru_cache(maxsize=256)
def acceptable(accept: str | None) -> Acceptable:
    """Parse an `Accept` header: sort by weight, then by order; a wildcard never precedes a named type.

    The most specific range that covers a type decides its weight, and of equally specific ones the highest weight.
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
                wishes.pop(type_, None)  # inserted again at its place in the list
                wishes[type_] = wish
    liked = [type_ for type_, (_, weight) in wishes.items() if weight > 0]
    liked.sort(key=lambda type_: (-wishes[type_][1], wishes[type_][0] < NAMED))
    return Acceptable(tuple(liked))


@lru_cache(maxsize=256)
def require_json(content_type: str | None) -> None:
    """Refuse a body whose media type is not JSON in UTF-8."""
    media_type, parameters = parsed(content_type or "")
    if media_type != JSON:
        raise Refused("Send the request as JSON, with the header `Content-Type: application/json`.", status=415)
    if parameters.get("charset", "utf-8") not in {"utf-8", "utf8"}:
        raise Refused("Send the JSON in UTF-8; no other charset is understood.", status=415)


def parsed(value: str) -> tuple[str, dict[str, str]]:
    """Split a media type from its parameters, in lower case."""
    media_type, *rest = value.lower().split(";")
    pairs = (part.partition("=") for part in rest)
    return media_type.strip(), {name.strip(): text.strip().strip('"') for name, _, text in pairs}


def weight_of(text: str | None) -> float:
    """Return the weight of a `q` parameter; 1 for a missing or invalid one."""
    try:
        return min(1.0, float(text)) if text is not None else 1.0
    except ValueError:
        return 1.0
