"""Sentences that only their thread explains."""
