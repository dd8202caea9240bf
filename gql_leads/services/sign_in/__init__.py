"""Signing in: passwords, one-time links, sessions and invitations."""
