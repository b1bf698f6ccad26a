"""How fast rnncalc is, against textbook NumPy and the frameworks: ``python -m benchmarks``."""
