"""Ways to sign in, a module each."""
