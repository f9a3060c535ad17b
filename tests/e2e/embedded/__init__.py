"""One process, and nothing else."""
