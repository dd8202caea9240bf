"""Changes that become due without a request."""
