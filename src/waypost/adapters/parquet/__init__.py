"""Tables as Parquet, written by Apache Arrow."""
