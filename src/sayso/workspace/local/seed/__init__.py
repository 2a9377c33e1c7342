"""What a new user of the embedded workspace begins with."""
