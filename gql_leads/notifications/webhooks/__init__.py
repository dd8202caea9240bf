"""Webhooks: signed deliveries of events over HTTP, to checked addresses only."""
