"""What all HTTP applications of the product share."""
