"""Mutations, one module per subject; the subjects of leads are in `leads`."""
