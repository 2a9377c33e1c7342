"""Task sentences."""
