"""Bytes of files and mails to our types, and back."""
