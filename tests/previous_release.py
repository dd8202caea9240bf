"""Load data written by a server of release 0.4.0.

It contains the event log, an export link, and the computed presence for some viewers and filters.
"""

import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from gql_leads.domain.viewer import MemberRole, Viewer

FILE: Final = Path(__file__).parent / "store" / "events" / "log_of_0.4.0.json"
PREVIOUS_RELEASE: Final[dict[str, Any]] = json.loads(FILE.read_text())


def viewer_named(name: str) -> Viewer:
    """Return the viewer of this name as the file describes it."""
    known = PREVIOUS_RELEASE["viewers"][name]
    return Viewer(
        UUID(known["member_id"]),
        frozenset(map(MemberRole, known["roles"])),
        known["partner_id"] and UUID(known["partner_id"]),
        frozenset(map(UUID, known["open_queues"])),
    )
