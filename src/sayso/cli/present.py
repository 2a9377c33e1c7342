"""How the terminal shows what the server says. Nothing that comes from it can move the cursor, color the screen,
hide text or start a new line where one line is meant."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from sayso.cli.client import Json

WIDTH = 100

# C0 but tab and newline, DEL, C1; invisible and direction-changing characters; lone surrogates.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

EFFECTS = {
    "write": ("change", "cyan"),
    "outbound": ("to others", "yellow"),
    "destructive": ("deletes", "red"),
}
OUTCOMES = {
    "succeeded": ("✓", "green"),
    "failed": ("✗", "red"),
    "skipped": ("–", "dim"),
    "unknown": ("?", "yellow"),
    "running": ("…", "cyan"),
    "waiting": ("·", "dim"),
    "held": ("·", "cyan"),
}
DECIDED = {
    "pending": "waits for your word",
    "confirmed": "confirmed and running",
    "completed": "confirmed and done",
    "chosen": "confirmed in part; what was chosen is done",
    "partial": "confirmed; part of it was done",
    "failed": "confirmed, but it failed",
    "stopped": "confirmed, then stopped",
    "cancelled": "cancelled; it will never run",
    "expired": "expired; it will never run",
    "superseded": "goes on in a newer plan, which holds what still waits",
}


def terminal() -> Console:
    """A console of at most 100 columns; in a pipe exactly that and plain text."""
    console = Console(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    return console


def safe(text: object) -> str:
    """The text with every character that a terminal would obey, or hide, shown as `�`. Newlines and tabs stay."""
    return _HOSTILE.sub("�", str(text).replace("\r\n", "\n"))


def one_line(text: object) -> str:
    """Safe, and all on one line."""
    return " ".join(safe(text).split())


def marked_down(text: str) -> RenderableType:
    """An answer's Markdown without HTML, images and hidden links: every address is spelled out, line ends are kept."""
    rendered = Markdown("", hyperlinks=False, code_theme="ansi_dark")
    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    parser.disable(["entity", "image", "html_block", "html_inline"])
    rendered.parsed = [_tame(token) for token in parser.parse(safe(text))]
    return Trimmed(rendered)


class Trimmed:
    """Without the blanks that Rich fills lines up with: they would be copied along."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self._inner, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
            yield from line
            yield Segment.line()


def _tame(token: Token) -> Token:
    if token.type == "softbreak":
        token.type = "hardbreak"
    token.content = safe(token.content)  # again: link targets and fences decode escapes
    token.attrs = {key: safe(value) for key, value in token.attrs.items()}
    token.children = [_tame(child) for child in token.children] if token.children is not None else None
    return token


def receipts(results: Mapping[str, Json], previews: Mapping[str, str]) -> list[Text]:
    """One line for each action with the mark of its outcome: the receipt where there is one, else what happened.

    Of several that were not all done, how many were stands first."""
    lines = [receipt(action, previews.get(key, str(action.get("tool", "")))) for key, action in results.items()]
    done = sum(outcome(action) == "succeeded" for action in results.values())
    return lines if done == len(lines) or len(lines) == 1 else [Text(f"{done} of {len(lines)} done:"), *lines]


def receipt(action: Json, preview: str) -> Text:
    mark, color = OUTCOMES.get(outcome(action), ("·", "dim"))
    told = action.get("receipt") or ": ".join(part for part in (preview, action.get("error") or "") if part)
    line = Text(f"{mark} ", f"bold {color}", overflow="fold")
    return line.append(one_line(told), "default")


def outcome(action: Json) -> str:
    """The outcome of an action; from `success` where the answer carries no status."""
    status = action.get("status")
    if isinstance(status, str):
        return status
    success = action.get("success")
    return "unknown" if success is None else "succeeded" if success else "failed"


def decided(plan: Json) -> RenderableType:
    """A plan that is no longer a question: what became of it."""
    status = str(plan.get("status", ""))
    if status == "completed" and any(outcome(action) != "succeeded" for action in plan.get("actions", [])):
        status = "chosen"
    at = plan.get("decided_at") or plan.get("ended_at")
    head = f"This plan is {DECIDED.get(status, one_line(status))}{f' ({clock_time(at)})' if at else ''}."
    actions = [receipt(action, str(action.get("preview", ""))) for action in plan.get("actions", [])]
    return Group(Text(head, "bold"), *actions)


def listing(rows: Iterable[tuple[object, ...]]) -> Table:
    """A numbered list of one line each; the last column takes what is left of the width."""
    table = Table.grid(padding=(0, 2))
    for number, row in enumerate(rows, 1):
        table.add_row(Text(str(number), "bold"), *(Text(one_line(cell)) for cell in row))
    return table


def clock_time(instant: Any) -> str:
    """An RFC 3339 time in the terminal's own zone: `Mon 2 Mar, 9:05 AM`."""
    try:
        local = datetime.fromisoformat(str(instant).replace("Z", "+00:00")).astimezone()
    except ValueError:
        return one_line(instant)
    return f"{local:%a} {local.day} {local:%b}, {local.hour % 12 or 12}:{local:%M %p}"
