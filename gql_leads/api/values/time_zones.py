"""Time zones as clients name them."""

from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from gql_leads.domain.errors import BadInput

LONGEST_SHOWN = 100


def to_time_zone(name: str) -> ZoneInfo:
    """Return the time zone with this IANA name; raise BadInput if there is none."""
    if name not in _names():
        shown = name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}…"
        raise BadInput(f"`timeZone` is not the IANA name of a time zone: {shown!r}. Give one such as Europe/Paris or UTC.")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Return the names of the package tzdata: a system's folder has other files too, such as `localtime`."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())
