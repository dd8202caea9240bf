"""Database engines, connections, transactions, migrations and error translation."""
