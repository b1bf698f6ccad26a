"""One step as data: each equation with its numbers, and what stands out in a run."""
