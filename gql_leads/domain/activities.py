"""Activities of members on a lead: calls, e-mails, meetings and tasks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ActivityKind(StrEnum):
    CALL = "CALL"
    EMAIL = "EMAIL"
    MEETING = "MEETING"
    TASK = "TASK"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewActivity:
    """Input for a new activity, not validated yet."""

    kind: ActivityKind
    subject: str
    body: str | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None
