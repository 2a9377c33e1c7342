"""Accounts of any server that speaks CalDAV, CardDAV, IMAP and SMTP, found by an address."""
