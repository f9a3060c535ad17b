"""Routes that report on clicks."""
