"""Real servers on loopback, for tests of what speaks to them."""
