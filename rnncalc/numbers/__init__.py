"""Text to numbers and back: digits, values, rows, files of them."""
