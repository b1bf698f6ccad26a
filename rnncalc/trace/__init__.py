"""What happened in a run: arrays by name, timestep first; the steps and quantities in it."""
