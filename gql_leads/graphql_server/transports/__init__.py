"""The protocols: HTTP, WebSocket and server-sent events."""
