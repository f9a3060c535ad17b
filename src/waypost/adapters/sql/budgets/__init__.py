"""How many people have passed the links that let a number of them pass."""
