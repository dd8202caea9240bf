"""The states of an import."""

from enum import StrEnum


class ImportState(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """True once nothing changes any more."""
        return self not in (ImportState.PENDING, ImportState.RUNNING)
