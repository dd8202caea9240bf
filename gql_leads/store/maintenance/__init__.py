"""Upkeep of stored data: the removal of old contents, and the copies of names."""
