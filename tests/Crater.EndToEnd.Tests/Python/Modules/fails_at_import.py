"""Fails when it is imported."""
raise KeyError("no such thing")
