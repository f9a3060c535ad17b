"""Of the script that changes the product to try its tests."""
