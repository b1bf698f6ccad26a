"""Explanations out: a step as text, Markdown, LaTeX or JSON; one file per format."""
