"""Mutations, one module per subject."""
