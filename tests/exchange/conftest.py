"""Exports in small parts."""

import pytest

from gql_leads.exchange import export

FEW = 500


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few enough that a file has several parts."""
    monkeypatch.setattr(export, "ROWS_AT_ONCE", {"postgres": FEW, "sqlite": FEW})
