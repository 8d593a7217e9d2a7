"""The cells of a run on many machines: handed out by Ray or by Slurm, their rows brought together."""
