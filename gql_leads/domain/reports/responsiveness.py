"""Rate and speed of a partner's responses to its leads; test leads are not counted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Responsiveness:
    """Number of leads that a partner accepted, declined and let expire, and its median response time in hours."""

    accepted: int = 0
    declined: int = 0
    expired: int = 0
    median_response_hours: float | None = None

    @property
    def answered(self) -> int:
        """Number of leads that were accepted or declined."""
        return self.accepted + self.declined

    @property
    def acceptance_rate(self) -> float | None:
        """Accepted leads divided by answered or expired ones; None if there are none."""
        asked = self.answered + self.expired
        return self.accepted / asked if asked else None
