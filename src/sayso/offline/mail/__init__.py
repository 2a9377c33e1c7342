"""Mail sentences."""
