"""What a model file holds, part by part, and the network of those that are wanted."""
