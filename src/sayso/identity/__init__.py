"""Sign-in, sessions and credentials."""
