"""Devices, systems and browsers by what a browser says of itself."""
