"""Notifications: their texts, what members have read of them, and those that are written without a request."""
