"""Leads that come in from outside: web forms and pushes of marketplaces."""
