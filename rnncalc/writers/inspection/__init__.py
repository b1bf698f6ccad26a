"""What ``inspect`` found, written: a table for people, JSON for programs, one matrix as numbers."""
