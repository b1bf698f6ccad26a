"""Checks out: a verdict and its causes as text, Markdown or JSON; one file per format."""
