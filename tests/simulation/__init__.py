"""Weeks of jobs in virtual time: the product's own code against a modelled service, by seeds.

The real dispatcher, ledger, judging, classification, token keeper, clock, pace, retries, breaker, plan
and report run in one process on a loop whose time jumps (`tests.virtual`). Commands overlap, are killed,
stopped and signalled at any step, and come back after seconds or days; the machine's clock is wrong by
hours; sheets are edited, lost calls resolved, old jobs forgotten. Each seed ends with the invariants
(`tests.invariants`) over the service's log, the ledger's file and every report.

The ledger is the real one: `SqliteLedger` with its schema, statements, seals and locks, on a file in
memory (tmpfs), where a commit with `synchronous=FULL` costs 0.1 ms. Only the thread its writer runs in
gives way to the loop's own turns (`machine.TurnWriter`): with a thread no seed would come to the same
twice, and none could be killed between a commit and its answer.

- `machine`: the loop, processes and what strikes them; `service`, `network`: the other side
- `scenario`: what is drawn by lot; `office`: the commands; `month`: a seed's course and its verdict
- `run`: seeds; `python -m tests.simulation --seed N` shows one, `--seeds 5000` runs many
"""
