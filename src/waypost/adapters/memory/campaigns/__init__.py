"""Templates of campaigns in this process's memory."""
