"""Model to numbers: passes through the layers, step by step or many steps at once."""
