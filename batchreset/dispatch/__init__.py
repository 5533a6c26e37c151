"""Sends a plan's rows: concurrently, paced, each attempt durable before it leaves."""
