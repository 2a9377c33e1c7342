"""A mail search as a condition on the messages table."""

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from sayso.english.words import fold, to_find
from sayso.store.holding import holds
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.search import After, And, Attached, Before, Label, Not, Or, Query, Unread, Words


def condition(query: Query) -> ColumnElement[bool]:
    match query:
        case And(queries):
            return and_(true(), *map(condition, queries))
        case Or(queries):
            return or_(false(), *map(condition, queries))
        case Not(negated):
            return not_(condition(negated))
        case Words(text, where):
            words = to_find(text)
            return holds(messages.c[f"find_{where}"], words) if words else true()
        case Label(name):
            return holds(messages.c.find_labels, f"\n{fold(name)}\n")
        case Unread():
            return messages.c.unread.is_(True)
        case Attached():
            return messages.c.attached.is_(True)
        case After(midnight):
            return messages.c.date >= midnight
        case Before(midnight):
            return messages.c.date < midnight
