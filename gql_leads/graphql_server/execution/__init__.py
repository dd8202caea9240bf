"""Admission and execution of operations."""
