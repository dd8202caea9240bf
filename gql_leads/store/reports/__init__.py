"""Figures about leads and opportunities, each report counted by one statement."""
