"""The bytes in which a SQL store keeps enriched clicks; they need numpy."""
