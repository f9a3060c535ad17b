"""What edges keep, and how soon they drop it."""
