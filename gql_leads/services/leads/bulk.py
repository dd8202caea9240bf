"""Batch sizes for operations that change many leads in a series of short transactions."""

from gql_leads.store.unit_of_work import UnitOfWork

BATCH = 100


def batch_size(uow: UnitOfWork) -> int:
    """Return how many leads one transaction may lock.

    PostgreSQL assigns the transaction id, which orders the event log, at the first lock. A transaction that then waits for a second lead
    would log its change before an earlier one of that lead, so it may lock one lead only.
    """
    return 1 if uow.connection.dialect == "postgres" else BATCH
