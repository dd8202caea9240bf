"""Many leads changed one transaction after the other, so that nobody waits long for any of them."""

from gql_leads.store.unit_of_work import UnitOfWork

BATCH = 100


def batch_size(uow: UnitOfWork) -> int:
    """How many leads one transaction may lock.

    On PostgreSQL one: the log tells changes in the order of their transactions, and of two leads the second may be changed by somebody else
    after this transaction got its place in the order and before it got the lead.
    """
    return 1 if uow.connection.dialect == "postgres" else BATCH
