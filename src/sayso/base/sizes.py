"""How much is taken in of anything: one table, so that no field is without a bound. Characters, or items of a list."""

# What a person or a model writes by a tool's arguments; more is refused, with the field's name.
TITLE = 300
PLACE = 500
NOTES = 8_000
NOTE = 2_000
SUBJECT = 500
BODY = 50_000
ITEMS = 100
"""People, messages, labels in one argument."""
ARGUMENT = 1_000
"""Any other: a time, a reference, a name of a list."""
FILES = 25 * 2**20
"""Bytes of all files that go along with a mail: in base64 they are less than `MAIL`."""

# What is remembered of a user: it goes along with every turn.
PREFERENCE = 300
PREFERENCES = 100
SIGNATURE = 1_000

MODEL_ANSWER = 200_000
"""Everything that a model writes in one turn, words, thoughts and calls; more ends the turn."""
MODEL_CALLS = 100
"""Calls that a model makes in one turn, all that it answers at once included; more ends the turn before any of them."""

# What a provider or a browser says of a person; more is cut.
NAME = 200
USER_AGENT = 200

# What files bring; more is cut, and the report says so.
MAIL = 40 * 2**20
"""Bytes of one message, attachments and all; a larger one is left out."""
IMPORTED = {
    "email": 320,  # RFC 5321, 4.5.3.1: 64 and 255; a longer one is nobody's
    "label": 300,
    "title": 1_000,
    "location": 2_000,
    "description": 100_000,
    "notes": 100_000,
    "subject": 2_000,
    "body": 500_000,
    "name": 500,
    "phone": 100,
    "organization": 500,
    "value": 2_000,
    "kind": 100,
    "birthday": 100,
    "nickname": 300,
    "emails": 100,
    "phones": 100,
    "addresses": 100,
    "nicknames": 100,
    "links": 100,
    "related": 100,
    "guests": 1_000,
    "to": 1_000,
    "cc": 1_000,
    "bcc": 1_000,
    "labels": 100,
    "attachments": 1_000,
}
