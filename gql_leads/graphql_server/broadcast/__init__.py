"""Subscriptions that share one execution and one encoding of each event.

- Subscribers of the same operation, values and sharing key follow one `Broadcast`, which runs with the rights of its owner.
- A subscriber checks its own rights and arguments with a source of its own, and replays with it what the broadcast no longer retains.
- An attached subscriber needs no task. One that cannot take a payload at once is detached, catches up and attaches again.
- The source of a broadcast fails when the owner's rights change. The owner gets the error; all others join or begin another broadcast.
"""
