"""How QR codes look where nothing else is asked for, and the logos in them."""
