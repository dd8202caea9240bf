"""How long the product waits in tests: a machine that is busy with them is no server that hangs, and no program that keeps a file."""

import pytest

from gql_leads.store.database import configuration, health_check


def be_patient() -> pytest.MonkeyPatch:
    """Let this process wait; what is returned can undo it."""
    patient = pytest.MonkeyPatch()
    patient.setattr(health_check, "PATIENCE", 60.0)
    patient.setattr(configuration, "LOCK_AWAITED", 60_000)
    return patient
