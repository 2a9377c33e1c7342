"""Who the user knows."""

import asyncio
from typing import Any

from sayso.english.matching import words
from sayso.tools.arguments import FindContact
from sayso.tools.base import ReadTool, ToolContext
from sayso.tools.choosing import MOST
from sayso.tools.json import contact_json, page
from sayso.tools.people import by_role
from sayso.workspace.types import Page

LIMIT = 50


class FindContactTool(ReadTool[FindContact]):
    name = "find_contact"
    description = "Look up people: names, e-mail and postal addresses, phone numbers, birthdays."
    needs = frozenset({"contacts"})
    Args = FindContact

    async def run(self, ctx: ToolContext, args: FindContact) -> dict[str, Any]:
        found = await ctx.contacts.find(args.name, LIMIT)
        if not found.items:
            book = await ctx.contacts.find("", MOST)
            named = await asyncio.to_thread(by_role, words(args.name), book.items)
            found = Page(named[:LIMIT], total=len(named))
        return page(ctx, "contacts", [contact_json(contact) for contact in found.items], found.known)
