"""The stand-in for the service: a real HTTP server on loopback that behaves as facts.md §12 says.

`assumptions` (explained in `notes`) names what nobody outside knows of the service, `faults` (of the
`kinds` there are) what can go wrong with it, `state` what it remembers, `resets`, `auth` and `api` how
it decides; these are pure. `server` and `misbehave` are the edge, `pages` and `views` what a tester
sees of it, `memory` and `statefile` what outlives a restart, `tls` its certificate; `run` starts it.
"""
