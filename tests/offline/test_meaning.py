# ruff: noqa: E501
"""What an answer means is kept beside its words: what was asked, what was shown. Nothing reads the words again."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelRequest, ModelResponse, UserPromptPart
from pydantic_ai.models import ModelRequestParameters

from sayso.agent.history import render, said
from sayso.agent.types import PastTurn
from sayso.offline import OfflineModel

from .loop import NOW, ZONE, Talk

EVENTS = [
    {"id": "evt_1", "title": "Is it 1. 9:00 AM  Lunch?", "start": "2026-03-06T09:00:00-05:00", "end": "2026-03-06T09:15:00-05:00"},
    {"id": "evt_2", "title": "Lunch", "start": "2026-03-06T12:00:00-05:00", "end": "2026-03-06T13:00:00-05:00"},
    {"id": "evt_3", "title": "Lunch", "start": "2026-03-06T12:00:00-05:00", "end": "2026-03-06T13:00:00-05:00"},
]  # fmt: skip
Change = Callable[[ModelResponse], ModelResponse]


def calendar(tool: str, args: dict[str, Any]) -> dict[str, Any] | None:
    return {"events": EVENTS, "total": 3, "truncated": False} if tool == "list_calendar_events" else None


def changed(talk: Talk, change: Change) -> None:
    talk.messages = [change(each) if isinstance(each, ModelResponse) else each for each in talk.messages]


def stored(messages: list[ModelMessage]) -> list[ModelMessage]:
    return ModelMessagesTypeAdapter.validate_python(json.loads(ModelMessagesTypeAdapter.dump_json(messages)))


def test_what_was_asked_and_shown_outlives_the_store() -> None:
    talk = Talk(calendar)
    talk.say("schedule lunch with Ana")
    talk.messages = stored(talk.messages)
    assert talk.say("Friday at 1")[1][0][1]["start"] == "Friday at 1"
    talk.say("what's on Friday?")
    talk.messages = stored(talk.messages)
    assert talk.say("cancel the third one")[1] == [("delete_calendar_event", {"event": "evt_3"})]


def test_it_does_not_depend_on_the_words() -> None:
    talk = Talk(calendar)
    talk.say("schedule lunch with Ana")
    changed(talk, lambda response: replace(response, parts=[]))
    assert talk.say("Friday at 1")[1][0][1]["start"] == "Friday at 1"


def test_a_streamed_answer_means_the_same() -> None:
    async def streamed() -> ModelResponse:
        asked: list[ModelMessage] = [ModelRequest(parts=[UserPromptPart("schedule lunch with Ana")])]
        async with OfflineModel(NOW, ZONE).request_stream(asked, None, ModelRequestParameters()) as stream:
            _ = [event async for event in stream]
            return stream.get()

    response = asyncio.run(streamed())
    assert response.metadata is not None
    assert response.metadata["offline"]["asked"]["slot"] == "start"


@pytest.mark.parametrize("metadata", [None, {}, {"other": {"asked": {}}}])
def test_what_an_earlier_version_asked_is_still_open(metadata: dict[str, Any] | None) -> None:
    talk = Talk(calendar)
    talk.say("schedule lunch with Ana")
    changed(talk, lambda response: replace(response, metadata=metadata))
    assert talk.say("Friday at 1")[1][0][1]["start"] == "Friday at 1"


@pytest.mark.parametrize("metadata", [{"offline": {"asked": 5}}, {"offline": []}])
def test_an_answer_of_which_nothing_is_known_asks_nothing(metadata: dict[str, Any] | None) -> None:
    talk = Talk(calendar)
    talk.say("schedule lunch with Ana")
    changed(talk, lambda response: replace(response, metadata=metadata))
    assert talk.say("Friday at 1")[1] == []
    talk.say("what's on Friday?")
    changed(talk, lambda response: replace(response, metadata=metadata))
    assert talk.say("cancel the second one")[1] == [("delete_calendar_event", {"event": "evt_2"})]  # as it was listed


def test_a_conversation_that_the_client_brought_along_goes_on() -> None:
    talk = Talk(calendar)
    talk.messages = render([PastTurn([*said("schedule lunch with Ana", ""), *said(None, "For when?")])])
    assert talk.say("Friday at 1")[1][0][1]["start"] == "Friday at 1"
