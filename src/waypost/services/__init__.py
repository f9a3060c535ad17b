"""What the product does: functions over ports, which are passed by keyword."""
