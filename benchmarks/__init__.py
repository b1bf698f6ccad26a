"""How fast rnncalc is, against textbook NumPy and the frameworks: ``python -m benchmarks``."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a contestant is told how many it may use
