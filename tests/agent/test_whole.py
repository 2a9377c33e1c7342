"""What is kept of an answer that did not come whole."""

from pydantic_ai.messages import ModelResponse, ModelResponsePart, TextPart, ThinkingPart, ToolCallPart

from sayso.agent.whole import MOST_REFUSAL, told_as_cut


def test_only_words_are_kept_of_it_without_the_vendors_ids_and_it_is_over() -> None:
    """Else OpenAI would miss the item that an id goes with, and Anthropic go on where it paused."""
    parts: list[ModelResponsePart] = [
        ThinkingPart("Hm.", id="rs_1", signature="s", provider_name="openai"),
        TextPart("First", id="msg_1", provider_name="openai", provider_details={"phase": "commentary"}),
        ToolCallPart("look", {}),
    ]
    paused = ModelResponse(parts, provider_details={"finish_reason": "pause_turn"}, state="suspended")
    response, note = told_as_cut(paused, streamed=False)
    assert note is not None
    assert response.parts == [TextPart("First"), TextPart(note)]
    assert response.state == "complete"


def test_the_words_of_a_refusal_are_bounded() -> None:
    details = {"refusal": "no " * 1000}
    _, note = told_as_cut(ModelResponse([], finish_reason="content_filter", provider_details=details), streamed=False)
    assert note is not None
    assert len(note) < MOST_REFUSAL + 60
