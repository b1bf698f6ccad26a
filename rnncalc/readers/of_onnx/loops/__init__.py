"""Recurrences that a graph spells out: Loop, Scan, or every step by itself."""
