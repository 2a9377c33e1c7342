"""Calendars, tasks and contacts on servers of CalDAV (RFC 4791) and CardDAV (RFC 6352)."""
