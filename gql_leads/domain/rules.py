"""The figures of the rules, as the settings give them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long things last, and which gates are closed."""

    hot_for: timedelta = timedelta(hours=72)
    respond_within: timedelta = timedelta(days=14)
    informational_months: int = 6
    restore_within: timedelta = timedelta(days=30)
    keep_events: timedelta = timedelta(days=30)
    keep_idempotency: timedelta = timedelta(hours=24)
    qualification_gate: bool = True
    """Whether MARK_WON and CONVERT wait for the qualification's two sub-steps."""
