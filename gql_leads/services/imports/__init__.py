"""Imports of leads from CSV files."""
