"""Events and series, and what a change makes of them: knows no database and no provider."""
