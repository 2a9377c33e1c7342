"""Threads, turns, plans, decisions, execution and recovery: the promises P1 to P8 are kept here."""
