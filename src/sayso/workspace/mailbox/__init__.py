"""A mailbox elsewhere: read and sorted over IMAP, sent from over SMTP."""
