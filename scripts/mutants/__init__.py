"""Changes the product in one place at a time and asks whether a test notices."""
