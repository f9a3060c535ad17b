"""Lists of links over tables of their own, which are filled after the links."""
