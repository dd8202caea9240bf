"""From the event log to live streams: one reader in each process tails the log, any number of followers share what it read.

The log is the truth and a doorbell only says "look"; replay and live are one path, so that a follower that comes back hears what it would
have heard.
"""
