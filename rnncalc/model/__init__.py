"""A network as plain data, checked once, when it is made."""
