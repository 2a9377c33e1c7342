"""The change of one event that words mean, as a call; of a task, when it is one."""

from sayso.offline.acts import Act, Call, Do, Json, Say
from sayso.offline.reading.scopes import singular, take_scope
from sayso.offline.reading.targets import Target, kind_of, target
from sayso.offline.reading.words import Quotes
from sayso.offline.scene import Scene


def update(ref: str, quotes: Quotes, scene: Scene, **changes: object) -> Act:
    """Change the event that `ref` means, or ask which."""
    scope, ref = take_scope(ref)
    args: Json = {key: value for key, value in {"scope": scope, **changes}.items() if value not in (None, "", [])}
    if kind_of(ref, scene) == "task":
        return _as_task(ref, args, quotes, scene)
    found = target(singular(ref) if scope else ref, "event", quotes, scene)
    if not found.refs:
        return found.asking(Call("update_calendar_event", args), "event")
    if len(found.refs) == 1:
        scene.event = found.refs[0]
    return Do(tuple(Call("update_calendar_event", {"event": each, **args}) for each in found.refs))


def _as_task(ref: str, args: Json, quotes: Quotes, scene: Scene) -> Act:
    names = {"start": "due", "title": "title", "description": "notes"}
    changes = {names[key]: value for key, value in args.items() if key in names}
    found: Target = target(ref, "task", quotes, scene)
    if not changes:
        return Say("A task has a title, a date, notes and a list; nothing else of it can be changed.")
    if not found.refs:
        return found.asking(Call("update_task", changes), "task")
    return Do(tuple(Call("update_task", {"task": each, **changes}) for each in found.refs))
