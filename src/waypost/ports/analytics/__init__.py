"""Where enriched clicks are kept, asked about, and looked after."""
