"""Exports in small parts."""

import pytest

from gql_leads import exports

FEW = 500


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few enough that a file has several parts."""
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", {"postgres": FEW, "sqlite": FEW})
