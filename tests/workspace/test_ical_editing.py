"""A calendar object is changed in the lines that say what is changed; all others stay byte for byte."""

from collections import Counter
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayso.workspace.errors import Refused
from sayso.workspace.events import planning
from sayso.workspace.events.series import Series
from sayso.workspace.formats.ical_editing import Edit, edited
from sayso.workspace.formats.ical_facts import facts_of
from sayso.workspace.formats.ical_new import written
from sayso.workspace.formats.ical_object import CalendarObject, read_object
from sayso.workspace.formats.ical_rest import rest_of, with_rest
from sayso.workspace.formats.ical_text import Block, cut, pieces, text_from
from sayso.workspace.people import Me
from sayso.workspace.types import Event, EventDraft, Guest, Scope

ME = Me("ana@example.test", "Ana")
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
EDIT = Edit("key1", datetime(2026, 3, 1, tzinfo=UTC), ME, ME.person)
BOOKS = (b"DTSTAMP", b"LAST-MODIFIED", b"SEQUENCE", b"X-SAYSO-KEY")


def text_of(*lines: str, end: str = "\r\n", extra: tuple[str, ...] = ()) -> bytes:
    head = ("BEGIN:VCALENDAR", "PRODID:-//Other//EN", "VERSION:2.0", "X-WR-ODD:1", *extra)
    return end.join((*head, *lines, "END:VCALENDAR", "")).encode()


def event(*lines: str, uid: str = "u1") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]


MASTER = (
    "DTSTART;TZID=W. Europe Standard Time:20260309T100000",
    "X-FOLDED:this is a line which another program has folded in",
    "  places of its own",
    "DURATION:PT45M",
    "RRULE:FREQ=WEEKLY;COUNT=6",
    "EXDATE;TZID=W. Europe Standard Time:20260316T100000",
    "SUMMARY;LANGUAGE=en:Review",
    "ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;CN=Gus:mailto:gus@far.test",
    'ATTENDEE;X-NUM-GUESTS=0;CN="Helen; the first":MAILTO:helen@far.test',
    "ORGANIZER:mailto:ana@example.test",
    "BEGIN:VALARM",
    "TRIGGER:-PT15M",
    "ACTION:DISPLAY",
    "X-WR-ALARMUID:1",
    "END:VALARM",
    "BEGIN:X-THEIRS",
    "X-A:b",
    "END:X-THEIRS",
)
OVERRIDE = (
    "RECURRENCE-ID:20260323T090000Z",
    "DTSTART:20260323T110000Z",
    "DTEND:20260323T120000Z",
    "SUMMARY:Other",
    "X-B:c",
)
SERIES = text_of(*event(*MASTER), *event(*OVERRIDE))


def read(text: bytes) -> CalendarObject:
    return read_object(text, ME, NEW_YORK, "e1")


def draft_of(shown: Event, **changes: Any) -> EventDraft:
    return EventDraft(**({each.name: getattr(shown, each.name) for each in fields(EventDraft)} | changes))


def changed(text: bytes, key: str, scope: Scope, **changes: Any) -> tuple[bytes, Series]:
    """The text in which the occurrence is changed so, and the series that it is to say."""
    obj = read(text)
    planned = planning.updated(obj.series, key, scope, draft_of(obj.series.event(key), **changes), "e2")
    assert planned.kept is not None
    return edited(obj, planned.kept, EDIT), planned.kept


def touched(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """The lines that went and those that came, without the bookkeeping."""
    old, new = Counter(each.raw for each in pieces(before)), Counter(each.raw for each in pieces(after))
    gone, come = (sorted((one - other).elements()) for one, other in ((old, new), (new, old)))
    return [line for line in gone if not line.startswith(BOOKS)], [line for line in come if not line.startswith(BOOKS)]


def keys(text: bytes) -> list[str]:
    series = read(text).series
    return [series.pattern.key(slot) for slot in series.pattern.slots()] if series.repeats else [""]


def test_a_title_is_changed_in_its_line() -> None:
    text, _ = changed(SERIES, keys(SERIES)[0], "all", title="Rückblick, kurz")
    assert touched(SERIES, text) == (
        [b"SUMMARY;LANGUAGE=en:Review\r\n"],
        ["SUMMARY;LANGUAGE=en:Rückblick\\, kurz\r\n".encode()],
    )
    assert b"X-SAYSO-KEY:key1\r\n" in text
    assert b"DTSTAMP:20260301T000000Z\r\n" in text
    assert b"SEQUENCE" not in text


def test_a_new_time_keeps_the_zone_as_it_is_spelled_and_the_length() -> None:
    one_hour = timedelta(hours=1)
    start = read(SERIES).series.occasion.start
    assert isinstance(start, datetime)
    text, _ = changed(
        SERIES, keys(SERIES)[0], "all", start=start + one_hour, end=start + one_hour + timedelta(minutes=45)
    )
    gone, come = touched(SERIES, text)
    assert b"DTSTART;TZID=W. Europe Standard Time:20260309T110000\r\n" in come
    assert b"EXDATE;TZID=W. Europe Standard Time:20260316T110000\r\n" in come
    assert not [line for line in gone if line.startswith((b"DURATION", b"RRULE", b"SUMMARY", b"X-"))]
    assert b"SEQUENCE:1\r\n" in text


def test_a_changed_occurrence_is_made_of_the_lines_of_its_series() -> None:
    text, _ = changed(SERIES, keys(SERIES)[2], "this", title="Own")
    gone, _ = touched(SERIES, text)
    assert gone == []
    [made] = [each for each in cut(pieces(text), ("VEVENT",)) if isinstance(each, Block)][2:]
    lines = [piece.raw for piece in made.pieces]
    assert b"RECURRENCE-ID;TZID=W. Europe Standard Time:20260330T100000\r\n" in lines
    assert b"DTSTART;TZID=W. Europe Standard Time:20260330T100000\r\n" in lines
    assert b"X-FOLDED:this is a line which another program has folded in\r\n  places of its own\r\n" in lines
    assert b"X-WR-ALARMUID:1\r\n" in lines
    assert not [line for line in lines if line.startswith((b"RRULE", b"EXDATE"))]


def test_the_lines_of_an_occurrence_that_was_changed_before_stay() -> None:
    [key] = read(SERIES).series.overrides
    text, _ = changed(SERIES, key, "this", title="Third")
    assert touched(SERIES, text) == ([b"SUMMARY:Other\r\n"], [b"SUMMARY:Third\r\n"])


def test_an_occurrence_is_left_out_by_one_line() -> None:
    obj = read(SERIES)
    kept = planning.deleted(obj.series, keys(SERIES)[2], "this", "e2").kept
    assert kept is not None
    assert touched(SERIES, edited(obj, kept, EDIT)) == (
        [],
        [b"EXDATE;TZID=W. Europe Standard Time:20260330T100000\r\n"],
    )


def test_guests_keep_their_lines() -> None:
    shown = read(SERIES).series.event(keys(SERIES)[0])
    guests = (replace(shown.guests[1], name="Helen"), Guest("new@far.test", "New, one"))
    text, _ = changed(SERIES, keys(SERIES)[0], "all", guests=guests)
    assert touched(SERIES, text) == (
        [
            b"ATTENDEE;RSVP=TRUE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;CN=Gus:mailto:gus@far.test\r\n",
            b"ATTENDEE;X-NUM-GUESTS=0;CN=\"Helen; the first\":MAILTO:helen@far.test\r\n",
        ],
        [
            b"ATTENDEE;CN=\"New, one\";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE\r\n"
            b" :mailto:new@far.test\r\n",
            b"ATTENDEE;X-NUM-GUESTS=0;CN=Helen:MAILTO:helen@far.test\r\n",
        ],
    )  # fmt: skip


def test_whoever_gets_guests_is_named_as_the_organizer() -> None:
    plain = text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", "SUMMARY:T"))
    text, _ = changed(plain, "", "this", guests=(Guest("gus@far.test"),))
    assert b"ORGANIZER;CN=Ana:mailto:ana@example.test\r\n" in text


def test_an_answer_changes_one_parameter() -> None:
    mine = "ATTENDEE;X-A=1;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ana@example.test"
    boss = "ORGANIZER:mailto:boss@far.test", "SEQUENCE:2", mine, "ATTENDEE;CN=Gus:mailto:gus@far.test"
    text = text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", *boss))
    obj = read(text)
    kept = planning.responded(obj.series, "", "this", "declined", "e2").kept
    assert kept is not None
    after = edited(obj, kept, EDIT)
    assert touched(text, after) == (
        [f"{mine}\r\n".encode()],
        [f"{mine}\r\n".replace("NEEDS-ACTION", "DECLINED").encode()],
    )
    assert b"SEQUENCE:2\r\n" in after


def test_a_zone_that_is_new_brings_its_rules() -> None:
    tokyo = datetime(2026, 3, 9, 10, tzinfo=ZoneInfo("Asia/Tokyo"))
    there = {"start": tokyo, "end": tokyo + timedelta(hours=1), "timezone": "Asia/Tokyo"}
    plain = text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", "SUMMARY:T"))
    text, _ = changed(plain, "", "this", **there)
    assert b"DTSTART;TZID=Asia/Tokyo:20260309T100000\r\n" in text
    calendar = icalendar.Calendar.from_ical(text)
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Tokyo"]
    again, _ = changed(text, "", "this", title="Again")
    assert again.count(b"BEGIN:VTIMEZONE") == 1


def test_reminders_replace_those_that_show_something_and_no_others() -> None:
    lines = ["BEGIN:VALARM", "TRIGGER:-PT5M", "ACTION:DISPLAY", "END:VALARM"]
    lines += ["BEGIN:VALARM", "TRIGGER:-PT5M", "ACTION:EMAIL", "END:VALARM"]
    lines += ["BEGIN:VALARM", "TRIGGER;RELATED=END:-PT5M", "ACTION:DISPLAY", "END:VALARM"]
    text = text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", "SUMMARY:T", *lines))
    assert read(text).series.event().reminders == (5,)
    same, _ = changed(text, "", "this", title="U")
    assert touched(text, same)[0] == [b"SUMMARY:T\r\n"]
    after, _ = changed(text, "", "this", reminders=(10, 0))
    assert read(after).series.event().reminders == (10, 0)
    assert (after.count(b"ACTION:EMAIL"), after.count(b"RELATED=END"), after.count(b"BEGIN:VALARM")) == (1, 1, 4)


def test_the_description_takes_its_other_forms_along() -> None:
    lines = 'DESCRIPTION;ALTREP="cid:1":old', "X-ALT-DESC;FMTTYPE=text/html:<b>old</b>", "SUMMARY:T"
    text = text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", *lines))
    after, _ = changed(text, "", "this", description="new")
    assert b"DESCRIPTION:new\r\n" in after
    assert b"old" not in after


def test_lines_end_as_they_did() -> None:
    text = SERIES.replace(b"\r\n", b"\n")
    after, _ = changed(text, keys(text)[0], "all", title="x" * 200)
    assert b"\r" not in after


def test_what_changes_all_that_follow_can_be_seen_and_not_changed() -> None:
    lines = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T100000Z", "DTSTART:20260311T120000Z", "SUMMARY:Later"
    text = text_of(*event("DTSTART:20260309T100000Z", "RRULE:FREQ=DAILY;COUNT=4", "SUMMARY:T"), *event(*lines))
    obj = read(text)
    assert [series.occasion.title for series in obj.all] == ["T", "Later"]
    with pytest.raises(Refused, match="another calendar program"):
        changed(text, keys(text)[0], "this", title="U")


def test_rules_that_are_said_in_a_roundabout_way_are_written_anew_where_they_change() -> None:
    rules = "RRULE:FREQ=DAILY;COUNT=5", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2", "SUMMARY:T"
    text = text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", *rules))
    obj = read(text)
    kept = planning.deleted(obj.series, keys(text)[0], "this", "e2").kept
    assert kept is not None
    after = edited(obj, kept, EDIT)
    assert touched(text, after)[0] == []
    assert facts_of(read(after).series) == facts_of(kept)
    moved, wanted = changed(text, keys(text)[0], "all", recurrence="FREQ=WEEKLY;COUNT=3")
    assert b"EXRULE" not in moved
    assert facts_of(read(moved).series) == facts_of(wanted)


def test_a_series_of_dates_alone_keeps_them() -> None:
    dates = "RDATE:20260310T120000Z,20260320T080000Z", "SUMMARY:T"
    text = text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", *dates))
    after, _ = changed(text, keys(text)[1], "all", title="U")
    assert touched(text, after) == ([b"SUMMARY:T\r\n"], [b"SUMMARY:U\r\n"])
    hour = timedelta(hours=1)
    start = read(text).series.shown(keys(text)[1]).start
    assert isinstance(start, datetime)
    moved, _ = changed(text, keys(text)[1], "all", start=start + hour, end=start + 2 * hour)
    assert keys(moved) == ["20260309T110000Z", "20260310T130000Z", "20260320T090000Z"]


def test_a_new_event_is_whole() -> None:
    start = datetime(2026, 3, 9, 10, tzinfo=BERLIN)
    guests, rule = (Guest("gus@far.test", "Gus"),), "FREQ=WEEKLY;COUNT=3"
    where, end = ("Europe/Berlin", "Here", "One\ntwo"), start + timedelta(hours=1)
    draft = EventDraft("Ä; b", start, end, *where, guests, rule, reminders=(5,))
    text = written(planning.created(draft, "key1"), EDIT)
    assert facts_of(read(text).series) == facts_of(planning.created(draft, "key1"))
    assert b"UID:key1\r\n" in text
    assert b"X-SAYSO-KEY:key1\r\n" in text
    assert b"CALSCALE" not in text
    [found] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert found["SUMMARY"] == "Ä; b"


def test_what_is_still_to_be_done_stands_in_the_object_and_goes() -> None:
    rest = bytes(range(256)) * 40
    text = with_rest(SERIES, rest)
    assert rest_of(text) == rest
    assert all(len(line) <= 75 for line in text.split(b"\r\n") if line not in SERIES)
    assert with_rest(text, b"") == SERIES
    assert rest_of(SERIES) == b""
    assert rest_of(text.replace(b"X-SAYSO-REST:", b"X-SAYSO-REST:!")) == b""


# --- any object, any change ---------------------------------------------------------------------------------------


def objects_of(file: Path) -> list[bytes]:
    """The calendar objects of a file: the events of each UID, with what stands around them."""
    try:
        parts = cut(pieces(file.read_bytes()), ("VEVENT",))
    except Refused:
        return []
    uids = {part.component.value("UID") for part in parts if isinstance(part, Block)}
    return [
        text_from(part for part in parts if not isinstance(part, Block) or part.component.value("UID") == uid)
        for uid in sorted(uids)[:20]
    ]


FILES = sorted((Path(icalendar.__file__).parent / "tests").rglob("*.ics"))
OBJECTS = [(file.name, text) for file in FILES for text in objects_of(file)]


def readable(text: bytes) -> CalendarObject | None:
    try:
        return read(text)
    except Refused:
        return None


def test_nothing_is_changed_by_no_change() -> None:
    found = [obj for _, text in [*OBJECTS, ("", SERIES)] if (obj := readable(text)) is not None]
    assert len(found) > 80
    for obj in found:
        assert edited(obj, obj.series, EDIT) == obj.text


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_what_is_written_is_read_again_as_it_was_meant(scope: Scope) -> None:
    day = date(2026, 5, 5)
    changes: tuple[dict[str, Any], ...] = (
        {"title": "New, ä; one" * 9},
        {"location": "Here", "description": "", "reminders": (5, 30)},
        {"guests": (Guest("new@far.test", "New"),)},
        {"start": day, "end": day + timedelta(days=2)},
        {"recurrence": "FREQ=DAILY;COUNT=4"},
    )
    done = 0
    for _, text in [*OBJECTS, ("", SERIES)]:
        obj = readable(text)
        if obj is None or obj.master is None or obj.series.organizer or obj.later or not obj.series.uid:
            continue
        series = obj.series
        names = [series.pattern.key(slot) for slot, _ in zip(series.pattern.slots(), range(3), strict=False)]
        for key in names if series.repeats else [""]:
            for change in changes:
                try:
                    shown = series.event(key)
                    planned = planning.updated(
                        series, key, planning.meant(series, key, scope), draft_of(shown, **change), "e2"
                    )
                except Refused:
                    continue
                for part in filter(None, (planned.kept, planned.split_off)):
                    after = read_object(edited(obj, part, EDIT), ME, NEW_YORK, "e1")
                    assert facts_of(after.series) == facts_of(part)
                    done += 1
    assert done > 200


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('\n;,\\:"'), max_size=200)


@settings(max_examples=60)
@given(TEXTS, TEXTS, st.booleans())
def test_any_text_is_written_and_read_again(title: str, place: str, anew: bool) -> None:
    text = SERIES if anew else text_of(*event("DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", "SUMMARY:T"))
    after, series = changed(text, keys(text)[0], "all" if anew else "this", title=title, location=place)
    found = read(after).series
    assert facts_of(found) == facts_of(series)
    assert all(len(line) <= 75 for line in after.split(b"\r\n") if line.startswith((b"SUMMARY", b"LOCATION", b" ")))


@settings(max_examples=60)
@given(st.binary(max_size=300) | st.lists(st.sampled_from(SERIES.split(b"\r\n")), max_size=40).map(b"\r\n".join))
def test_no_text_does_any_harm(text: bytes) -> None:
    try:
        obj = read(text)
    except Refused:
        return
    assert obj.text == text
    assert edited(obj, obj.series, EDIT) == text


def test_a_person_without_an_address_stays_as_written() -> None:
    odd = "ATTENDEE;CN=Room 5:urn:uuid:1234"
    lines = "DTSTART:20260309T100000Z", "DTEND:20260309T110000Z", "SUMMARY:T", "ORGANIZER:mailto:ana@example.test", odd
    after, _ = changed(text_of(*event(*lines)), "", "this", guests=(Guest("gus@far.test"),))
    assert odd.encode() in after
    assert read(after).series.event().guests == (Guest("gus@far.test"),)
