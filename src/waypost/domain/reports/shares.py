"""Shares of a whole."""


def share(part: int, whole: int) -> float:
    """Return *part* / *whole* in thousandths, half up; 0 where there is nothing.

    Computed with integers, so that every process gets the same digits.
    """
    return (2_000 * part + whole) // (2 * whole) / 1_000 if whole else 0.0
