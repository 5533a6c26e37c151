"""The stand-in for the service: a real HTTP server on loopback that behaves as facts.md §12 says.

`assumptions` names what nobody outside knows of the service, `faults` what can go wrong with it,
`state` what it knows and decides, `api` and `auth` its calls; these are pure. `server` and
`misbehave` are the edge, `run` starts it.
"""
