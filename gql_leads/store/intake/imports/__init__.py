"""Imports of CSV files: progress, uploaded files, errors, and look-ups for whole batches of rows."""
