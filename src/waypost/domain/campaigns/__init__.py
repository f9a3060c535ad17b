"""Values of campaigns, kept under names."""
