"""Crater's side of a run inside the user's own interpreter: calls functions and hooks, and never prints into the pipe it answers through."""
