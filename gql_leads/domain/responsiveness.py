"""How reliably, and how fast, a partner answers its leads: what raises it in matching. Test leads count nowhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Responsiveness:
    """Of the leads a partner has: how many it accepted, declined, and let expire, and how long it took to answer, in hours."""

    accepted: int = 0
    declined: int = 0
    expired: int = 0
    median_response_hours: float | None = None

    @property
    def answered(self) -> int:
        """Accepted or declined."""
        return self.accepted + self.declined

    @property
    def acceptance_rate(self) -> float | None:
        """Accepted, of those that were answered or expired."""
        asked = self.answered + self.expired
        return self.accepted / asked if asked else None
