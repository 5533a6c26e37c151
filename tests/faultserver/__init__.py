"""A stand-in for the service that misbehaves on demand and keeps an honest log: the outside witness.

It shares no line with the program it judges: standard library only, nothing of `batchreset`
(`tests/unit/faultserver/test_apart.py` reads the imports). What it is told to do wrong it does to the
caller; its log is always true, and is written before the caller learns anything.

- `wire`, `faults`, `speech`, `service`: pure, what a request is, what goes wrong for which calls, the
  bytes of it, and the service's own rules (quota, tokens, rate)
- `record`: the log, in memory and in a file, and how to read it while it grows
- `lookout`: whether the caller's ledger holds a call's intent as it comes
- `server`, `control`: the sockets, and the pages a test drives it by
- `process`: the server as a process of its own (`python -m tests.faultserver`), seen from a test
"""
