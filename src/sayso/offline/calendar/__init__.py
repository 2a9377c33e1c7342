"""Calendar sentences."""
