"""Subscriptions that share one execution and one encoding."""
