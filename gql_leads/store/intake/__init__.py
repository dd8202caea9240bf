"""Leads that come in from outside: intake keys and what was received with them."""
