"""What every store promises about domains."""
