"""Who competes: each module makes of a job a function that computes its hidden states."""
