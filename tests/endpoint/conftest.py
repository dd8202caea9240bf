"""A newsroom with its subscribers, and the ledger of a shop that a module's tests share."""

import pytest

from tests.endpoint.newsroom import Desk, Newsroom
from tests.endpoint.shop import Ledger


@pytest.fixture
def room() -> Newsroom:
    return Newsroom()


@pytest.fixture
def desk(room: Newsroom) -> Desk:
    return Desk(room)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger()
