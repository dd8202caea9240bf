"""Uvicorn protocol classes with limits, for `uvicorn.run(http=…, ws=…)`.

- `http`: a timeout for request heads, a limit on their size, and no more than one pipelined request in memory.
- `websockets`: limits on fragments and on what a client does not read; closes with a code instead of a lost connection.
- `fair_reads`: data is processed in chunks, so that one client's many small messages do not delay the others.
- `tcp_user_timeout`: the kernel closes connections whose client does not acknowledge data.
"""
