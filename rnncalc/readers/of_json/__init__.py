"""Networks that other programs keep as JSON, told by their keys."""
