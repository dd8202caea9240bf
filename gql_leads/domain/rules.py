"""Durations and switches of the product rules, which come from the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Durations and switches that the rules depend on."""

    hot_for: timedelta = timedelta(hours=72)
    respond_within: timedelta = timedelta(days=14)
    informational_months: int = 6
    restore_within: timedelta = timedelta(days=30)
    keep_events: timedelta = timedelta(days=30)
    keep_idempotency: timedelta = timedelta(hours=24)
    qualification_gate: bool = True
    """True if MARK_WON and CONVERT require a complete qualification."""
