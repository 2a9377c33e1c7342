"""Contacts at Google over its own API (people v1): read, never changed."""
