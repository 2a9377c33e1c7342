"""Answers that did not come whole, and refusals: told as such, and nothing that they were about to do is done."""

import re
from dataclasses import replace
from typing import Final

from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart

from sayso.tools.wording import one_line

PARAGRAPH: Final = "\n\n"  # between the texts of several responses, in the answer as in the stream

_CUT: Final = {
    "length": "the model ran out of room for it",
    "content_filter": "a filter of the model's vendor stopped it",
    "error": "the model failed on the way",
}
_BY_REASON: Final = {
    "model_context_window_exceeded": "the conversation fills all the room that the model has",
    "RECITATION": "a filter of the model's vendor stopped it, since it would quote a source at length",
    "MALFORMED_FUNCTION_CALL": "the model asked for something in a form that cannot be read",
    "UNEXPECTED_TOOL_CALL": "the model asked for something that does not exist",
    "pause_turn": "the model paused on the way",
}
"""What vendors' own reasons tell beyond that."""
_UNENDED: Final = "The answer may be incomplete: the model's server never said that it was finished."
_ODD: Final = "The answer may be incomplete: the model's server ended it for a reason of its own, “{reason}”."
_REFUSED: Final = "The model refused to {what}{words}."
MOST_REFUSAL: Final = 500
"""Characters of the words of a refusal."""
_WHOLE: Final = re.compile(
    r"stop(?:_sequence)?|end_turn|eos(?:_token)?|completed?|(?:tool|function)_(?:calls?|use)", re.IGNORECASE
)
"""What servers call an end that is none of OpenAI's own and yet whole."""
_CALLS: Final = " What it was about to do is left out, so ask for that again."
_SAYS_IT_ELSEWHERE: Final = ("xai",)
"""Providers of which Pydantic AI keeps no reason of the vendor's own in `provider_details`."""


def told_as_cut(response: ModelResponse, streamed: bool) -> tuple[ModelResponse, str | None]:
    """The response, ended with a sentence that says so if it was cut or is a refusal, and that sentence.

    Of its parts the words alone are kept. All calls go: the last may lack arguments and yet be valid, and more may have
    been to come. So does the thinking, and with it the ids of items, since OpenAI takes back no item of reasoning
    without the one that followed it.
    """
    words = [TextPart(part.content) for part in response.parts if isinstance(part, TextPart) and part.content]
    why = _why_cut(response, streamed, bool(words))
    if why is None:
        return response, None
    note = f"({why}{_CALLS if any(isinstance(part, ToolCallPart) for part in response.parts) else ''})"
    return replace(response, parts=[*words, TextPart(note)], state="complete"), note


def _why_cut(response: ModelResponse, streamed: bool, began: bool) -> str | None:
    """`began`: it has words."""
    details = response.provider_details or {}
    reason = str(details.get("finish_reason") or "")
    if response.finish_reason == "content_filter" and ("refusal" in details or reason == "refusal"):
        said = one_line(str(details.get("refusal") or ""))[:MOST_REFUSAL]
        return _REFUSED.format(what="go on" if began else "answer", words=f": “{said}”" if said else "")
    cut = _BY_REASON.get(reason) or _CUT.get(response.finish_reason or "")
    if cut:
        return f"The answer was cut: {cut}." if began else f"There is no answer: {cut}."
    if response.finish_reason is None and reason and not _WHOLE.fullmatch(reason):
        return _ODD.format(reason=one_line(reason)[:50])
    told = reason or response.finish_reason not in (None, "stop")
    # Of a stream that ends without a reason, Pydantic AI says "stop" or nothing. What runs in-process has no provider.
    unended = streamed and response.provider_name and response.provider_name not in _SAYS_IT_ELSEWHERE and not told
    return _UNENDED if unended or response.state == "incomplete" else None
