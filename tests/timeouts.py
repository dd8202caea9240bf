"""Longer timeouts for tests: on a busy machine a slow test server must not count as unreachable, nor its file as locked."""

import pytest

from gql_leads.store.database import configuration, health_check


def extend_timeouts() -> pytest.MonkeyPatch:
    """Extend the timeouts of this process; the returned MonkeyPatch can undo it."""
    patch = pytest.MonkeyPatch()
    patch.setattr(health_check, "ANSWER_TIMEOUT", 60.0)
    patch.setattr(configuration, "LOCK_AWAITED", 60_000)
    return patch
