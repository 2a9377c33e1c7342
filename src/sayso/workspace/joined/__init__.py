"""One part of several accounts as one: reads go to all of them side by side, a change goes where its id says."""

from sayso.workspace.joined.calendar import JoinedCalendar as JoinedCalendar
from sayso.workspace.joined.contacts import JoinedContacts as JoinedContacts
from sayso.workspace.joined.mail import JoinedMail as JoinedMail
from sayso.workspace.joined.tasks import JoinedTasks as JoinedTasks
