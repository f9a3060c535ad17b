"""How fast a store of clicks takes them and answers: `python -m bench.clicks`."""
