"""What every audit trail promises."""
