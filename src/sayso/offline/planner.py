"""From a user's words to calls and an answer.

A turn is a generator: it yields steps (calls with words beside them), is sent their results and returns how it ends.
It is replayed from its start at each request over the results that the turn has so far, so nothing is kept between
requests. What the turn before asked was kept beside its answer (`meaning`).
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sayso.base.steps import TooManySteps, within
from sayso.english.yes_no import is_doubtful
from sayso.offline import answers, grammar, guard, repair, talk
from sayso.offline.acts import Act, Ask, Call, Do, Json, Look, Question, Say, Several
from sayso.offline.meaning import Meaning
from sayso.offline.memory import WITHDRAW, Memory, Turn, Waiting, numbered
from sayso.offline.naming import MADE
from sayso.offline.reading import clauses
from sayso.offline.reading.words import Quotes, tidy
from sayso.offline.scene import Scene
from sayso.offline.thread import changing, followups, instead

MAX_STEPS = 6
LONGEST = 2000
"""Characters of a message that the grammar reads."""
MOST_STEPS = 4_000
"""For one answer: places where a time may begin, and patterns tried. What people say takes up to 350."""


@dataclass(frozen=True, slots=True)
class Step:
    """Calls to make now, with the words beside them, and what these ask, if they do not only say that nothing was
    understood."""

    text: str
    calls: tuple[Call, ...] = ()
    question: Question | None = None
    lost: bool = False


Plan = Generator[Step, Sequence[Json], Step]


def answer(
    turns: Sequence[Turn],
    now: datetime,
    zone: ZoneInfo,
    offered: frozenset[str],
    closed: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, tuple[Call, ...], Meaning]:
    """What to say and call next, after all that the thread holds, and what that means. `offered`: the tools there are;
    `closed`: by part, why there are none.

    Raises Stopped.
    """
    scene = Scene(now, zone, Memory(tuple(turns[:-1])))
    try:
        with within(MOST_STEPS, talk.TOO_LONG):
            step = _answer(turns[-1] if turns else None, scene, offered, closed)
    except TooManySteps as error:
        return str(error), (), Meaning()
    shown = None if scene.shown is None else tuple(scene.shown)
    return step.text, tuple(numbered(step.calls, scene.memory)), Meaning(step.question, shown, step.lost)


def _answer(turn: Turn | None, scene: Scene, offered: frozenset[str], closed: Mapping[str, str]) -> Step:
    if turn is None or not turn.prompt:
        return Step(talk.after_outcomes(turn))
    step = _replay(turn, _plan(turn.prompt, scene, _asked(scene)))
    missing = [call.tool for call in step.calls if offered and call.tool not in offered]
    if missing:
        return Step(talk.not_connected(missing, closed))
    return step


def _asked(scene: Scene) -> Question | None:
    """What the turn before asked. Of one that an earlier version answered, or that the client brought along: what the
    user's words are asked now."""
    last = scene.memory.last
    if last is None or not last.prompt or not last.replayable:
        return last.asked if last else None
    before = Scene(scene.now, scene.zone, Memory(scene.memory.turns[:-1]))
    return _replay(last, _plan(last.prompt, before, None)).question


def _replay(turn: Turn, plan: Plan) -> Step:
    """Run the plan over the results that the turn has."""
    try:
        step = next(plan)
        for done in turn.steps:
            if not done.calls:
                continue
            step = plan.send([turn.results.get(ident, {}) for ident, _ in done.calls])
    except StopIteration as end:
        last: Step = end.value
        return last
    return step


def _plan(prompt: str, scene: Scene, asked: Question | None) -> Plan:
    """One turn."""
    if len(prompt) > LONGEST:
        return Step(talk.TOO_LONG)
    if is_doubtful(prompt) and asked is None and scene.memory.waits():
        return Step(talk.NOT_DECIDED)
    quotes = Quotes()
    text = tidy(prompt, quotes)
    act = followups.read(text, quotes, scene, asked)
    if act is None:
        if found := instead.read(text, scene):
            scene.instead_of, scene.dropped = tuple(each.name for each in found.gone), found.dropped
            text = found.rest
        act = _read(text, quotes, scene)
    # A time that was asked for before something was only looked up ("when is she free?") may still be told.
    still = asked if asked and asked.slot in ("start", "due") and not asked.candidates else None
    return (yield from _carry_out(act, still, scene))


def _read(text: str, quotes: Quotes, scene: Scene) -> Act:
    pieces = clauses.split(text, scene)
    if guard.speaks_of_all(text):
        return Say(guard.ONLY_ON_YOUR_WORD)
    acts: list[Act] = []
    waits, when = scene.memory.waits(), ""
    for index, piece in enumerate(pieces):
        ref = clauses.said_of(piece, pieces[index + 1]) if index + 1 < len(pieces) else ""
        excuse = ref and clauses.is_excuse(piece)
        change = changing.by_name if index else changing.read
        changed = change(piece.raw, quotes, scene) if len(pieces) > 1 and waits else None
        act = None if excuse else changed or grammar.read(clauses.timed_by(piece, when, scene), quotes, scene)
        if act is None and ref:
            scene.event = ref
        elif act is None and index + 1 < len(pieces) and (said := clauses.state(piece, scene)) is not None:
            when = said
        elif act is not None:
            made = [call for call in act.calls if call.tool == "create_calendar_event"] if isinstance(act, Do) else []
            scene.made = made[-1] if made else scene.made
            acts.append(act)
        elif not acts or not clauses.is_aside(piece):
            alone = not acts and len(pieces) == 1
            acts.append(talk.unclear(quotes.put_back(piece.text, "'"), not alone, scene))
    if len(acts) > 1:
        acts = [act for act in acts if not (isinstance(act, Say) and act.kind == "courtesy")] or acts[:1]
    return acts[0] if len(acts) == 1 else Several(tuple(acts))


def _carry_out(act: Act, still: Question | None, scene: Scene) -> Plan:
    """Do the reads, round by round, then propose all effects at once. `still`: what stays open if nothing is asked."""
    open_acts = _flat(act)
    for _ in range(MAX_STEPS):
        looks = [each for each in open_acts if isinstance(each, Look)]
        if not looks:
            break
        calls = tuple(call for each in looks for call in each.calls)
        results = list((yield Step("", calls)))
        settled: list[Act] = []
        for each in open_acts:
            if isinstance(each, Look):
                mine, results = results[: len(each.calls)], results[len(each.calls) :]
                settled += _flat(_settle(each, mine))
            else:
                settled.append(each)
        open_acts = settled
    return (yield from _propose(open_acts, still, scene))


def _settle(look: Look, results: Sequence[Json]) -> Act:
    for result in results:
        if "error" in result and not isinstance(result.get("status"), str):
            return Say(answers.error_text(result))
    act = look.then(results)
    missed = answers.not_read(results)
    return Say(talk.paragraphs([*missed, act.text]), act.kind) if isinstance(act, Say) and missed else act


def _flat(act: Act) -> list[Act]:
    return [inner for each in act.acts for inner in _flat(each)] if isinstance(act, Several) else [act]


def _propose(acts: Sequence[Act], still: Question | None, scene: Scene) -> Plan:
    said = [each.text for each in acts if isinstance(each, Say | Ask | Do) and each.text]
    asks = [each for each in acts if isinstance(each, Ask)]
    question = next((found for each in asks if (found := _worded(each))), None)
    calls = _placed(_distinct([call for each in acts if isinstance(each, Do) for call in each.calls]), scene)
    if question and not calls and scene.instead_of:
        question = replace(question, call=replace(question.call, replaces=scene.instead_of))
    elif not calls and scene.dropped:
        calls = [Call(WITHDRAW, {}, scene.instead_of)]
        told = all(isinstance(each, Say) and each.kind == "answer" for each in acts)
        said = [talk.DROPPED, *said] if told else [talk.DROPPED]
    if not calls:
        lost = not said or any(isinstance(each, Say) and each.kind == "lost" for each in acts)
        text = talk.paragraphs(said) or talk.out_of_depth(scene).text
        return Step(text, (), question if asks or lost else still, lost)
    first = calls
    # All words of a turn are shown, one after the other: later steps only add to them.
    text = talk.paragraphs([*said, talk.proposing(calls, bool(said)), _beside(calls, scene)])
    if all(call.tool == WITHDRAW for call in calls):  # the turn goes on behind it, and must end on words
        results = yield Step("", tuple(calls), question)
        refused = [result["error"]["message"] for result in results if "error" in result]
        return Step(talk.paragraphs([*said, *refused[:1]]) if refused else text, (), question)
    failed: list[tuple[Call, Json]] = []
    worked = False
    for _ in range(3):
        results = yield Step(text, tuple(calls), question)
        worked = worked or any("error" not in result for result in results)
        mended, left, notes = repair.mend(calls, results, scene)
        failed += left
        if not mended:
            break
        calls = mended  # what was accepted stands
        text = talk.paragraphs(notes if worked else [*said, *notes, talk.proposing(calls, bool(said))])
    return _after_errors(failed, first, worked, question)


def _placed(calls: list[Call], scene: Scene) -> list[Call]:
    """With the names of what they take the place of: what the user said so of, and what they say more exactly."""
    if not calls or all(call.tool == WITHDRAW for call in calls):
        return calls
    if scene.instead_of:
        calls = [replace(calls[0], replaces=calls[0].replaces + scene.instead_of), *calls[1:]]
    waits = scene.memory.waits()
    return [call if call.replaces else replace(call, replaces=_less_exact(call, waits)) for call in calls]


def _less_exact(call: Call, waits: Sequence[Waiting]) -> tuple[str, ...]:
    """What waits and was asked for in the same words, or in some of them: "buy milk", then "buy milk tomorrow"."""
    some = [each for each in waits if each.said.tool == call.tool and each.said.args.items() <= call.args.items()]
    return tuple(each.name for each in some if call.tool in MADE or each.said.args == call.args)


def _beside(calls: Sequence[Call], scene: Scene) -> str:
    """Whether something that waited before stays beside a new request."""
    new = [call for call in calls if not call.replaces and call.tool != WITHDRAW]
    gone = {name for call in calls for name in call.replaces}
    return talk.BESIDE if new and any(each.name not in gone for each in scene.memory.waits()) else ""


def _worded(ask: Ask) -> Question | None:
    """The question, with the words in which it is asked again."""
    return ask.question and replace(ask.question, text=ask.question.text or ask.text)


def _distinct(calls: Sequence[Call]) -> list[Call]:
    """Each call once; an event that is to be deleted needs no answer to its invitation, and one that is changed in
    several ways is changed in one go."""
    deleted = [call.args.get("event") for call in calls if call.tool == "delete_calendar_event"]
    found: list[Call] = []
    for call in calls:
        answered = call.tool == "respond_to_invitation" and call.args.get("event") in deleted
        same = next((each for each in found if _of_one_event(each, call)), None)
        if same:
            found[found.index(same)] = replace(
                same, args={**same.args, **call.args}, replaces=same.replaces + call.replaces
            )
        elif call not in found and not answered:
            found.append(call)
    return found


def _of_one_event(one: Call, two: Call) -> bool:
    """Whether two changes of the same event complete each other."""
    both = one.tool == two.tool == "update_calendar_event" and one.args.get("event") == two.args.get("event")
    return both and not (set(one.args) & set(two.args)) - {"event", "scope"}


def _after_errors(
    failed: Sequence[tuple[Call, Json]], first: Sequence[Call], worked: bool, question: Question | None
) -> Step:
    """Words for the calls of a plan that could not be prepared. `worked`: others could."""
    if not worked and (offer := repair.own_event(failed)):
        return Step(offer.text, (), question or _worded(offer))
    said: list[str] = []
    for call, result in failed:
        said.append(repair.told(call, result, event_first=call not in first, worked=worked))
        question = question or repair.question(call, result)
    return Step(talk.paragraphs(said), (), question)
