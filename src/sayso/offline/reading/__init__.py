"""Sentences into words, clauses, scopes and slots."""
