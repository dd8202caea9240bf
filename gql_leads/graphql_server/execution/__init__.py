"""Execution of operations with compiled selections."""
