"""A run as text or arrays: one file per format."""
