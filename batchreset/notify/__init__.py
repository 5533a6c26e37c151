"""Telling people and programs that a job has ended: counts and where the page lies, never a contact."""
