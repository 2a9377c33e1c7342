"""Every reader of foreign bytes on inputs that grow: no error but our own, and steps that grow as the input does."""
