"""Children of the edge that read its journal: both ends of their pipes."""
