"""Losses by name; each lives in one file. Filled in by its own modules."""
