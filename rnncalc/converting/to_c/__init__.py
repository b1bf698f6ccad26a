"""A network as one C99 file: its arrays, its states, and a step printed from the equations."""
