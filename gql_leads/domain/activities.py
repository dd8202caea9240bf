"""What people do about a lead, and the words it is said with."""

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
    """An activity that somebody logs, as it came: unchecked."""

    kind: ActivityKind
    subject: str
    body: str | None = None
    due_at: datetime | None = None
    completed_at: datetime | None = None
