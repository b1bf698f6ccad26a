"""Stand-in."""
def by_widths(parts): return parts
