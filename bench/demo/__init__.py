"""How fast reports of invented clicks are: `python -m bench.demo FOLDER`."""
