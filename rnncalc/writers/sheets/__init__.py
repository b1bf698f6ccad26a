"""Spreadsheets that compute: what stands in which cell, as formulas of the cells' own equations."""
