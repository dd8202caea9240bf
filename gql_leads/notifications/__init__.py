"""Mails to members: their texts, and their delivery."""
