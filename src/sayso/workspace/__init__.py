"""Calendars, mailboxes, task lists and contacts: the protocols and what speaks them."""
