"""The event log and the codec of its cursors."""
