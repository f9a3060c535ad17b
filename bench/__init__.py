"""Benchmarks for every machine: `make bench`."""
