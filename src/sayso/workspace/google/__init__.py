"""Accounts at Google: Calendar, Gmail, Tasks and contacts over its own APIs, opened by the user's consent."""
