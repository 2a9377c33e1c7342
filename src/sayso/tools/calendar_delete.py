"""Taking events out of the calendar, and answering invitations."""

from sayso.tools.accounts import named
from sayso.tools.arguments import DeleteCalendarEvent, RespondToInvitation
from sayso.tools.base import Effect, EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.delivery import of_calendar, unreached
from sayso.tools.event_extras import check_words
from sayso.tools.event_resolve import its_event
from sayso.tools.event_words import (
    clash_text,
    clashes,
    event_details,
    event_when,
    others,
    planned_when,
    repeating,
    scope_of,
    scope_spoken,
    scope_text,
    spoken_when,
    tail,
    touched,
    untold,
)
from sayso.tools.json import event_json
from sayso.tools.people import stranger_warnings
from sayso.tools.stale import event_as_shown
from sayso.tools.wording import name_of, names, one_line, quoted, visible
from sayso.workspace.types import Event

_VERBS = {
    "accepted": ("accept", "Accepted"),
    "declined": ("decline", "Declined"),
    "tentative": ("tentatively accept", "Tentatively accepted"),
}


class DeleteCalendarEventTool(EffectTool[DeleteCalendarEvent]):
    name = "delete_calendar_event"
    description = "Delete an event, or several; their guests are told that they are cancelled."
    effect = "destructive"
    needs = frozenset({"calendar"})
    Args = DeleteCalendarEvent

    async def prepare(self, ctx: ToolContext, args: DeleteCalendarEvent) -> Proposal:
        event = await its_event(ctx, args)
        scope = scope_of(event, args.scope)
        guests = () if event.organizer else others(ctx, event.guests)
        told = guests if args.notify_guests else ()
        note = one_line(args.note)
        check_words(ctx, note if told else "", event.id)
        unasked = () if told else guests
        delivery = of_calendar(ctx, event.id)
        will = delivery.tells(told, note) or untold("does not tell", unasked)
        did = delivery.told(told, note) or untold("did not tell", unasked)
        tell = f" and tell {names(told)}" + (f" “{note}”" if note else "") if told else ""
        effect: Effect = "outbound" if told else "destructive"
        which = scope_text(ctx, event, scope)
        resolved = {"event": event.id, "scope": scope if repeating(event) else None}
        return Proposal(
            effect=effect,
            args=args.model_copy(update=resolved).model_dump(),
            target={
                "id": event.id,
                "scope": scope,
                "revision": event.revision,
                "notify": bool(told),
                "note": args.note,
                "event": event_json(ctx, event),
                "receipt": f"Deleted {quoted(event.title)}, {event_when(ctx, event)}{tail(which, did)}.",
                **delivery.target,
            },
            question=f"delete {quoted(event.title)} {spoken_when(ctx, event)}{scope_spoken(event, scope)}{tell}",
            preview=f"Delete {quoted(event.title)}, {planned_when(ctx, event)}{tail(which, will)}",
            details=(
                *event_details(ctx, event),
                *((("Words", visible(args.note)),) if told and args.note else ()),
                *named(ctx, "calendar", event.id),
            ),
            touches=touched(event, scope),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        target = proposal.target
        async with event_as_shown(ctx, target, "event"):
            await ctx.calendar.delete_event(
                target["id"], target["scope"], target["revision"], key, target["notify"], target["note"]
            )
        return self._result(proposal)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        done = await ctx.calendar.applied(key, proposal.target["id"])
        return None if done is None else self._result(proposal)

    def _result(self, proposal: Proposal) -> Result:
        return Result({"event": proposal.target["event"]}, proposal.target["receipt"])


class RespondToInvitationTool(EffectTool[RespondToInvitation]):
    name = "respond_to_invitation"
    description = "Accept, decline or tentatively accept an invitation, or several; the organizers are told."
    effect = "outbound"
    needs = frozenset({"calendar"})
    Args = RespondToInvitation

    async def prepare(self, ctx: ToolContext, args: RespondToInvitation) -> Proposal:
        event = await its_event(ctx, args)
        if event.organizer is None:
            message = f"{quoted(event.title)} is your own event, so there is no invitation to answer."
            raise ToolInputError(message, "own_event", [{"id": event.id, "label": one_line(event.title)}])
        if event.my_response == args.response and not args.note:
            done = _VERBS[args.response][1].lower()
            raise ToolInputError(f"You have {done} {quoted(event.title)} already.", "nothing_to_do")
        scope = scope_of(event, args.scope)
        note = one_line(args.note)
        saying = f", saying “{note}”" if note else ""
        verb, done = _VERBS[args.response]
        overlap = clash_text(ctx, event, await clashes(ctx, event, event)) if args.response != "declined" else ""
        line = f"{quoted(event.title)}, {planned_when(ctx, event)}"
        which, organizer = scope_text(ctx, event, scope), (event.organizer,)
        delivery = of_calendar(ctx, event.id)
        resolved = {"event": event.id, "scope": scope if repeating(event) else None}
        return Proposal(
            effect="outbound",
            args=args.model_copy(update=resolved).model_dump(),
            target={
                "id": event.id,
                "scope": scope,
                "revision": event.revision,
                "before": event_json(ctx, event),
                "response": args.response,
                "note": args.note,
                "receipt": f"{done} {quoted(event.title)}, {event_when(ctx, event)}"
                f"{tail(which, delivery.told(organizer, note))}.",
                **delivery.target,
            },
            question=f"{verb} {name_of(event.organizer)}'s invitation to {quoted(event.title)} "
            f"{spoken_when(ctx, event)}{scope_spoken(event, scope)}{saying}",
            preview=f"{verb.capitalize()} {line}{tail(which, delivery.tells(organizer, note), overlap)}",
            details=(
                *event_details(ctx, event),
                *((("Words", visible(args.note)),) if args.note else ()),
                *named(ctx, "calendar", event.id),
            ),
            warnings=(
                *((f"It {overlap}.",) if overlap else ()),
                *await stranger_warnings(ctx, (event.organizer,)),
            ),
            touches=touched(event, scope),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        target = proposal.target
        async with event_as_shown(ctx, target):
            event = await ctx.calendar.respond(
                target["id"], target["response"], target["scope"], target["revision"], key, target["note"]
            )
        return self._result(ctx, proposal, event)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        done = await ctx.calendar.applied(key, proposal.target["id"])
        if done is None:
            return None
        return self._result(ctx, proposal, await ctx.calendar.get_event(done))

    def _result(self, ctx: ToolContext, proposal: Proposal, event: Event) -> Result:
        receipt = proposal.target["receipt"] + unreached(event)
        return Result({"event": event_json(ctx, event)}, receipt, event.revision)
