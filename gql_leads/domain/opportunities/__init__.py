"""Accounts, contacts and opportunities of partners: their attributes, history and events."""
