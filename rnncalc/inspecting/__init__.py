"""What a model file holds, as data."""
