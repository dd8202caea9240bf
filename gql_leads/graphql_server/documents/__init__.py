"""Parsed documents: cache, limits and cost."""
