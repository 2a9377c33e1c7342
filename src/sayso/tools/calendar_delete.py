"""Taking events out of the calendar, and answering invitations."""

from collections.abc import Sequence
from typing import Any

from sayso.tools import cards
from sayso.tools.accounts import account_of_card, named
from sayso.tools.arguments import DeleteCalendarEvent, RespondToInvitation
from sayso.tools.base import Call, Effect, EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.cards import Strangers, strangers_of
from sayso.tools.day import day_of
from sayso.tools.delivery import of_calendar, unreached
from sayso.tools.event_card import event_summary, guests_of, organizer_of
from sayso.tools.event_extras import check_words
from sayso.tools.event_resolve import its_event
from sayso.tools.event_words import (
    clash_text,
    clashes,
    event_details,
    event_when,
    others,
    overlap_warning,
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
from sayso.tools.json import event_json, people_json, person_json
from sayso.tools.people import stranger_warnings
from sayso.tools.stale import event_as_shown
from sayso.tools.wording import name_of, names, one_line, quoted, visible
from sayso.workspace.types import Event, Person, Response, Scope

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
    no_reverse = "deleted"
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
                "told": people_json([Person(who.email, who.name) for who in told]),
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
            card=cards.card(
                "event.delete",
                event_summary(ctx, event),
                cards.with_guests(
                    cards.of_series(cards.DELETE, scope, repeating(event)), told if delivery.reaches else ()
                ),
                before=event_json(ctx, event),
                day=await day_of(ctx, before=event, scope=scope),
                people=[
                    *organizer_of(event, told=False),
                    *guests_of(ctx, event.guests, bool(told) and delivery.reaches),
                ],
                account=account_of_card(ctx, "calendar", event.id),
            ),
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
        clashing = await clashes(ctx, event, event) if args.response != "declined" else []
        overlap = clash_text(ctx, event, clashing)
        strangers = await stranger_warnings(ctx, (event.organizer,))
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
                "told": [person_json(event.organizer)],
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
                *overlap_warning(overlap),
                *strangers,
            ),
            touches=touched(event, scope),
            card=await self._card(ctx, event, args.response, scope, clashing, strangers_of(strangers)),
        )

    async def _card(
        self,
        ctx: ToolContext,
        event: Event,
        response: Response,
        scope: Scope,
        clashing: Sequence[Event],
        new: Strangers,
    ) -> dict[str, Any]:
        assert event.organizer is not None
        goes, reaches = response == "declined", of_calendar(ctx, event.id).reaches
        before = event_json(ctx, event)
        does = cards.of_series(cards.ANSWERS[response], scope, repeating(event))
        return cards.card(
            "event.respond",
            event_summary(ctx, event),
            cards.with_guests(does, (event.organizer,) if reaches else (), strangers=new),
            before=before,
            after=before | {"my_response": response},
            day=await day_of(ctx, before=event, after=None if goes else event, clashing=clashing, scope=scope),
            people=[*organizer_of(event, reaches, new), *guests_of(ctx, event.guests, told=False)],
            account=account_of_card(ctx, "calendar", event.id),
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

    def reversible(self, proposal: Proposal) -> bool:
        """Where there was another answer before: it is given again. A series may have had several."""
        target = proposal.target
        before = target.get("before", {}).get("my_response")
        return before in _VERBS and before != target["response"] and target["scope"] == "this" and "told" in target

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        if not self.reversible(proposal):
            return ()
        event = value["event"]["id"]
        scope = {"scope": "this"} if proposal.args.get("scope") else {}
        args = {"event": event, "response": proposal.target["before"]["my_response"], **scope}
        return (Call("respond_to_invitation", args, event, revision, proposal.target["told"]),)

    def _result(self, ctx: ToolContext, proposal: Proposal, event: Event) -> Result:
        receipt = proposal.target["receipt"] + unreached(event)
        return Result({"event": event_json(ctx, event)}, receipt, event.revision)
