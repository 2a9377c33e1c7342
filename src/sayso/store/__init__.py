"""Tables, engine and migrations; one gateway runs every statement."""
