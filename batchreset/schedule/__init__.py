"""Entries for systemd, cron and the Windows Task Scheduler that run `rerun --yes`: made here, purely."""
