"""Golden vectors: what leaves a process, byte for byte."""
