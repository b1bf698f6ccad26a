"""Do numbers agree, where do they part, and which mistake explains it."""
