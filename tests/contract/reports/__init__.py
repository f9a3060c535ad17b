"""What every store of clicks promises to reports."""
