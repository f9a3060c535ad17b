"""The local cluster and its chaos run."""
