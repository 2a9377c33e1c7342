"""Answers that did not come whole: told as cut, and nothing that they were about to do is done."""

import re
from dataclasses import replace
from typing import Final

from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart

from sayso.tools.wording import one_line

PARAGRAPH: Final = "\n\n"  # between the texts of several responses, in the answer as in the stream

_CUT: Final = {
    "length": "The answer was cut: the model ran out of room for it.",
    "content_filter": "The answer was cut: the model's vendor held back the rest.",
    "error": "The answer was cut: the model failed on the way.",
}
_UNENDED: Final = "The answer may be incomplete: the model's server never said that it was finished."
_ODD: Final = "The answer may be incomplete: the model's server ended it for a reason of its own, “{reason}”."
_WHOLE: Final = re.compile(
    r"stop(?:_sequence)?|end_turn|eos(?:_token)?|completed?|(?:tool|function)_(?:calls?|use)", re.IGNORECASE
)
"""What servers call an end that is none of OpenAI's own and yet whole."""
_CALLS: Final = " What it was about to do is left out, so ask for that again."
_SAYS_IT_ELSEWHERE: Final = ("xai",)
"""Providers of which Pydantic AI keeps no reason of the vendor's own in `provider_details`."""


def told_as_cut(response: ModelResponse, streamed: bool) -> tuple[ModelResponse, str | None]:
    """The response, ended with a sentence that says so if it was cut, and that sentence.

    Its calls are dropped, all of them: the last may lack arguments and yet be valid, and more may have been to come.
    """
    why = _why_cut(response, streamed)
    if why is None:
        return response, None
    kept = [part for part in response.parts if not isinstance(part, ToolCallPart)]
    note = f"({why}{_CALLS if len(kept) < len(response.parts) else ''})"
    return replace(response, parts=[*kept, TextPart(note)]), note


def _why_cut(response: ModelResponse, streamed: bool) -> str | None:
    if response.finish_reason in _CUT:
        return _CUT[response.finish_reason]
    reason = str((response.provider_details or {}).get("finish_reason") or "")
    if response.finish_reason is None and reason and not _WHOLE.fullmatch(reason):
        return _ODD.format(reason=one_line(reason)[:50])
    told = reason or response.finish_reason not in (None, "stop")
    # Of a stream that ends without a reason, Pydantic AI says "stop" or nothing. What runs in-process has no provider.
    unended = streamed and response.provider_name and response.provider_name not in _SAYS_IT_ELSEWHERE and not told
    return _UNENDED if unended or response.state == "incomplete" else None
