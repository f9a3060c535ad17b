"""What describes the API: its OpenAPI document, its reference and the front page."""
