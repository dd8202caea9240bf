"""Fixtures of the export tests: exports are read in small parts."""

import pytest

from gql_leads import exports

PART_SIZE = 500


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit the rows of a part, so that a file has several parts."""
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", {"postgres": PART_SIZE, "sqlite": PART_SIZE})
