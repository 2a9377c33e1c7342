"""The systems that users connect: what each kind of them is to the rest, and one user's as one workspace."""
