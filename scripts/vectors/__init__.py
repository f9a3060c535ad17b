"""Cases in `contracts/` that are written by a program, from a model in the tests."""
