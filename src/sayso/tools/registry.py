"""All tools by name, and the one question that asks for consent to several actions."""

from collections.abc import Sequence

from sayso.tools import (
    activity,
    calendar,
    calendar_create,
    calendar_delete,
    calendar_update,
    contacts,
    mail,
    mail_sort,
    mail_write,
    memory,
)
from sayso.tools import tasks as tasks_tools
from sayso.tools.base import AnyTool, Proposal
from sayso.tools.delivery import undelivered
from sayso.tools.wording import join, numbered, sentence

LISTED_FROM = 4
"""From so many actions on, the question lists them in lines."""


def toolbox() -> dict[str, AnyTool]:
    """Every tool, by its name."""
    tools: list[AnyTool] = [
        calendar.ListCalendarEventsTool(),
        calendar.SearchCalendarEventsTool(),
        calendar.FindFreeTimeTool(),
        calendar_create.CreateCalendarEventTool(),
        calendar_update.UpdateCalendarEventTool(),
        calendar_delete.DeleteCalendarEventTool(),
        calendar_delete.RespondToInvitationTool(),
        tasks_tools.ListTaskListsTool(),
        tasks_tools.ListTasksTool(),
        tasks_tools.CreateTaskTool(),
        tasks_tools.UpdateTaskTool(),
        tasks_tools.CompleteTaskTool(),
        tasks_tools.ReopenTaskTool(),
        tasks_tools.DeleteTaskTool(),
        mail.SearchMailTool(),
        mail.ReadMailTool(),
        mail.SummarizeMailTool(),
        mail.ReadAttachmentTool(),
        mail.ListLabelsTool(),
        mail_write.DraftMailTool(),
        mail_write.SendMailTool(),
        mail_write.ReplyMailTool(),
        mail_write.ForwardMailTool(),
        mail_sort.ArchiveMailTool(),
        mail_sort.LabelMailTool(),
        mail_sort.TrashMailTool(),
        contacts.FindContactTool(),
        activity.ListActivityTool(),
        memory.RememberTool(),
        memory.ForgetTool(),
    ]
    return {tool.name: tool for tool in tools}


def question_for(proposals: Sequence[Proposal]) -> str:
    """What the user is asked before the actions run: one sentence for up to three, else one line for each."""
    questions = [proposal.question for proposal in proposals]
    besides = undelivered(proposals)
    if len(questions) < LISTED_FROM:
        return f"Should I {join(questions)}?{besides}"
    listed = numbered([sentence(each) for each in questions])
    return f"Should I do these {len(questions)} things?{besides}\n{listed}"
