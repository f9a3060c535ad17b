"""The distributed product on one machine, from real servers, without Docker."""
