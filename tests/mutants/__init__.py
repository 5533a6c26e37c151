"""The code broken on purpose, to see the checks fail (LEDGER.md §4): `python -m tests.mutants`."""
