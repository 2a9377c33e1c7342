"""The calendars of an account at Google (Calendar API v3) as one."""
