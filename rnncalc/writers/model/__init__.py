"""A model as text: what it is made of, and its equations."""
