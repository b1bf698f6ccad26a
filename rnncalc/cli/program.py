"""What the program is called, by people and by the scripts of shells."""

PROGRAM = "rnncalc"
COMPLETION_VARIABLE = "_RNNCALC_COMPLETE"
