"""Version and time of the last change of a lead: for those who see it in full, and for its sender.

A sender's version counts no hidden work, such as the deal: otherwise it would tell when the partner works on the lead. Only leads on
which such work was done have a version of their own for the sender.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from gql_leads.domain.attributes import VisibilityClass
from gql_leads.domain.leads.lead import ATTRIBUTES, Lead

_VERSIONED: Final = frozenset(name for name, one in ATTRIBUTES.items() if one.is_versioned)
_SHOWN_TO_SENDERS: Final = frozenset(name for name in _VERSIONED if ATTRIBUTES[name].visibility is not VisibilityClass.WORK) | {"queue_id"}
"""A change of queue restarts the time to respond, which senders see."""


class VersionCounter:
    """Counts the changes of one transaction: however many steps change a lead, its version rises by one."""

    def __init__(self) -> None:
        self._counted: set[UUID] = set()
        self._counted_for_sender: set[UUID] = set()

    def count(self, before: Lead, changed: Iterable[str], now: datetime) -> dict[str, Any]:
        """Count a change of these attributes, and return the attributes of the lead that record it."""
        versioned = _VERSIONED.intersection(changed)
        counted: dict[str, Any] = {}
        if versioned and before.id not in self._counted:
            self._counted.add(before.id)
            counted = {"version": before.version + 1, "updated_at": now}
        if not versioned or before.sender_id is None:
            return counted
        if _SHOWN_TO_SENDERS.isdisjoint(versioned):
            if counted and before.sent_version is None:
                counted |= {"sent_version": before.version, "sent_updated_at": before.updated_at}
        elif before.sent_version is not None and before.id not in self._counted_for_sender:
            self._counted_for_sender.add(before.id)
            counted |= {"sent_version": before.sent_version + 1, "sent_updated_at": now}
        return counted
