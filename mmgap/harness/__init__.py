"""The pytest side: options, the grid, the inputs of a cell, resuming, rows, the end of a run."""
