"""Staying up and running what falls due: when that may be, how long to sleep, and who watches."""
