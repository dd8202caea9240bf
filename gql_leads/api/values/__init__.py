"""Scalars, ids, enums, money and filters."""
