"""What operators ask for: expiry, erasure, classification, checks; day by day."""
