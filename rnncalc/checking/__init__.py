"""Expected numbers beside ours: whether they agree, where they part, which mistake explains it."""
