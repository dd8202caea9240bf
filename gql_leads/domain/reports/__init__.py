"""Figures about leads and opportunities in a period."""
