"""Exercises as sheets, one file per format; their solution is what ``explain`` writes."""
