"""The card is the thing itself: a mail as it arrives, an event on its day, a list with a box each; what is decided is
what was seen, and what has not left yet can be stopped."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import StartServer
from tests.web.cards import (
    BLOCKS,
    CREATED,
    HELEN,
    TEXT,
    THREAD,
    Cards,
    Json,
    action,
    archive,
    at,
    delete,
    event,
    mail,
    move,
    person,
    plan,
    task,
)
from tests.web.conftest import SIZES, Account, Web, answered, leap, say
from tests.web.looks import faults
from tests.web.puppet import Puppet

LONG = "\n".join(f"Line {number} of the mail." for number in range(39))
DONE = {"status": "completed", "decided_at": CREATED}


def was(**args: Any) -> Json:
    return {"id": "act_0", "preview": "Before", "args": args}


def button(page: Page, kind: str) -> Any:
    return page.locator(f".decide-{kind}")


def press(page: Page, kind: str) -> None:
    leap(page)
    button(page, kind).click()


# --- the thing itself ------------------------------------------------------------------------------------------------


def test_a_mail_stands_there_as_its_recipients_get_it(web: Web, account: Account) -> None:
    page = Cards(plan(mail())).open(web, account)
    letter = page.locator(".letter")
    expect(letter.locator(".letter-head")).to_contain_text("Robin Meyer <robin@post.example> Work")
    expect(letter.locator(".people").nth(0)).to_contain_text("helen.park@northwind.example")
    expect(letter.locator(".people").nth(1)).to_contain_text("never written to")
    expect(letter.get_by_role("heading", name="Budget for the third quarter")).to_be_visible()
    body = letter.locator(".letter-body")
    assert body.evaluate("element => element.innerText") == TEXT
    expect(body).to_have_css("white-space", "pre-wrap")
    expect(letter.locator(".files")).to_contain_text("budget-q3.pdf184 kB")
    expect(page.locator(".card details[open]")).to_have_count(0)


def test_a_mail_of_up_to_forty_lines_is_whole_at_once_and_a_longer_one_opens(web: Web, account: Account) -> None:
    short, long = mail(), mail(id="act_2")
    short["mail"] |= {"body": LONG}
    long["mail"] |= {"body": f"{LONG}\n{LONG}"}
    page = Cards(plan(short, long)).open(web, account)
    bodies = page.locator(".letter-body")
    assert bodies.nth(0).evaluate("element => element.scrollHeight <= element.clientHeight")
    assert bodies.nth(1).evaluate("element => element.scrollHeight > element.clientHeight")
    page.get_by_role("button", name="Show all of it").click()
    assert bodies.nth(1).evaluate("element => element.scrollHeight <= element.clientHeight")


def test_an_event_stands_on_its_day_for_the_eye_and_the_ear(web: Web, account: Account) -> None:
    page = Cards(plan(move())).open(web, account)
    expect(page.get_by_role("heading", name="Lunch with Ana")).to_be_visible()
    expect(page.locator(".thing-when del")).to_have_text(re.compile("12:00.*1:00.PM"))
    expect(page.locator(".thing-when ins")).to_have_text(re.compile("Tue, Mar 10.*1:30.*2:30.PM"))
    expect(page.locator(".thing-there")).to_have_text(re.compile("5:30.*6:30.PM in Lisbon"))
    expect(page.locator(".person.is-added")).to_contain_text("Ben")
    places = {role: _box(page, f".block.is-{role}") for role in ("before", "after", "clash")}
    assert places["before"]["x"] < places["after"]["x"] < places["clash"]["x"]
    assert places["clash"]["x"] < places["after"]["x"] + places["after"]["width"]  # it is at the same time
    day = page.get_by_role("list", name="That day")
    expect(day.get_by_role("listitem")).to_have_count(len(BLOCKS))
    expect(day.get_by_role("listitem").nth(2)).to_contain_text("Lunch with Ana (as it is now)")
    expect(day.get_by_role("listitem").nth(4)).to_contain_text("Design review (at the same time)")


def _box(page: Page, selector: str) -> dict[str, float]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return {"x": box["x"], "width": box["width"]}


def test_a_day_without_a_clock_is_a_list(web: Web, account: Account) -> None:
    holiday = {"title": "Holiday", "start": "2026-03-10", "end": "2026-03-12", "role": "after", "all_day": True}
    day = {"date": "2026-03-10", "timezone": "America/New_York", "event_timezone": None, "blocks": [holiday, BLOCKS[0]]}
    after = event("Holiday", "09:00", "10:00") | {"start": "2026-03-10", "end": "2026-03-12", "all_day": True}
    page = Cards(plan(action(kind="event.create", after=after, day=day))).open(web, account)
    expect(page.locator(".thing-when")).to_have_text(re.compile(r"Tue, Mar 10 . Wed, Mar 11"))
    expect(page.locator(".ribbon")).to_have_count(0)
    expect(page.locator(".day-list .is-other")).to_contain_text("Stand-up")


def test_how_often_and_how_far_it_goes_is_said_in_words(web: Web, account: Account) -> None:
    rules = {
        "FREQ=WEEKLY;BYDAY=TU": "every week on Tuesday",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": "every weekday",
        "FREQ=DAILY;INTERVAL=3;COUNT=4": "every 3 days, 4 times",
        "FREQ=YEARLY;UNTIL=20300102T000000Z": "every year until Wed, Jan 2, 2030",
        "FREQ=MONTHLY;BYDAY=1FR": "FREQ=MONTHLY;BYDAY=1FR",
    }
    kinds = [
        delete(id=f"act_{number}", before=event("Talk", "15:00", "16:00", recurrence=rule))
        for number, rule in enumerate(rules)
    ]
    page = Cards(plan(*kinds)).open(web, account)
    said = [f"{words} · only this one" for words in rules.values()]
    expect(page.locator(".action .thing-where")).to_have_text(said)


def test_guests_that_are_not_told_are_said_to_be(web: Web, account: Account) -> None:
    untold = [person("ana@example.com", "Ana", "guest", told=False)]
    page = Cards(plan(move(people=untold), move(id="act_2"))).open(web, account)
    expect(page.get_by_text("They are not told of it.")).to_have_count(1)


def test_of_one_mail_there_is_no_list(web: Web, account: Account) -> None:
    one = archive()
    one["items"] = one["items"][:1]
    page = Cards(plan(one)).open(web, account)
    expect(page.locator(".card-question")).to_have_text("Your weekly digest")
    expect(page.locator(".thing .hint")).to_contain_text("The Long Read")
    expect(page.locator(".items")).to_have_count(0)


def test_a_deletion_is_tagged_as_one_also_where_others_hear_of_it(web: Web, account: Account) -> None:
    page = Cards(plan(delete())).open(web, account)
    expect(page.locator(".effect")).to_have_text(["Deletes", "To others"])
    expect(page.locator(".final")).to_have_text("This cannot be undone.")
    expect(page.locator(".action .facts.is-open")).to_contain_text("Sorry, something came up.")


def test_what_can_be_undone_does_not_say_that_it_cannot(web: Web, account: Account) -> None:
    page = Cards(plan(move(), mail(id="act_2"))).open(web, account)
    expect(page.locator(".final")).to_have_count(1)
    expect(page.locator(".action", has_text="Budget").locator(".final")).to_be_visible()


def test_nothing_is_said_twice(web: Web, account: Account) -> None:
    details = [["Title", "Lunch with Ana"], ["Place", "Café Luna"]]
    page = Cards(plan(move(details=details), question="Should I move 'Lunch with Ana'?")).open(web, account)
    card = page.locator(".card")
    expect(card.get_by_role("heading")).to_have_text(["Lunch with Ana"])
    expect(card).not_to_contain_text("Should I")
    card.get_by_text("Details").click()
    expect(card.get_by_text("Every argument")).to_be_visible()
    expect(card.locator("details > .facts:visible")).to_have_count(0)


def test_what_an_earlier_version_stored_is_shown_as_it_was(web: Web, account: Account) -> None:
    old = {
        name: value
        for name, value in action(preview="Create 'Lunch'", effect="outbound").items()
        if value or name == "args"
    }
    for name in ("kind", "summary", "labels", "reversible"):
        del old[name]
    old |= {"details": [["When", "Tue 10 March"]], "warnings": [{"code": "clash", "text": "It overlaps."}]}
    stored = plan(move()) | {"actions": [old]}
    del stored["labels"], stored["digest"]
    page = Cards(stored).open(web, account)
    expect(page.locator(".card-question")).to_have_text("Create 'Lunch'")
    expect(page.locator(".effect")).to_have_text("To others")
    expect(button(page, "confirm")).to_have_text("Do it")
    page.get_by_text("Details").click()
    expect(page.locator("details > .facts").first).to_contain_text("Tue 10 March")


@pytest.mark.parametrize(
    "shown",
    [
        [mail()],
        [move()],
        [delete()],
        [archive()],
        [move(was=was(start=at("13:00"), title="Lunch")), mail(id="act_2", was=was(subject="Old")), task(3)],
        [mail(status="held", runs_at="2026-03-02T14:05:00Z")],
        [move(status="succeeded", receipt="Changed.", undo={"label": "Undo it", "done": None}), mail(id="act_2")],
    ],
    ids=["mail", "event", "delete", "bulk", "several", "held", "done"],
)
def test_each_card_is_accessible_and_fits(web: Web, account: Account, shown: list[Json]) -> None:
    status = {"held": "confirmed", "succeeded": "completed"}.get(shown[0]["status"], "pending")
    page = Cards(plan(*shown, status=status)).open(web, account)
    if status == "completed":
        page.locator(".card summary").first.click()
    assert faults(page) == {}


# --- what changed ----------------------------------------------------------------------------------------------------


def test_what_changed_against_the_version_before_is_marked_in_place(web: Web, account: Account) -> None:
    before = was(
        subject="Budget for the second quarter",
        body=TEXT.replace("Thursday", "Friday at noon"),
        to=["Old <o@x.example>"],
    )
    page = Cards(plan(mail(was=before), supersedes="plan_0")).open(web, account)
    expect(page.locator(".letter-subject del")).to_have_text("second")
    expect(page.locator(".letter-subject mark")).to_have_text("third")
    expect(page.locator(".letter-body del")).to_have_text("Friday at noon?")
    expect(page.locator(".letter-body mark")).to_have_text("Thursday?")
    expect(page.locator(".people").first.locator("mark")).to_contain_text("Helen Park")
    expect(page.locator(".people").first.locator("del")).to_have_text("Old <o@x.example>")
    expect(page.locator(".people").nth(1).locator("mark")).to_have_count(0)
    expect(page.locator(".card-news")).to_contain_text("new version")


def test_a_corrected_time_stands_beside_what_it_was_to_be_and_what_it_is(web: Web, account: Account) -> None:
    before = was(start=at("13:00"), end=at("14:00"), title="Lunch")
    page = Cards(plan(move(was=before), supersedes="plan_0")).open(web, account)
    expect(page.locator(".thing-when del:not(.was)")).to_have_text(re.compile("12:00.*1:00"))
    expect(page.locator(".thing-when del.was")).to_have_text(re.compile("1:00.*2:00"))
    expect(page.locator(".thing-when mark")).to_have_text(re.compile("1:30.*2:30"))
    expect(page.locator(".card-question mark")).to_have_text("Lunch with Ana")


# --- what the buttons say and do -------------------------------------------------------------------------------------


def test_the_buttons_say_what_they_do(web: Web, account: Account) -> None:
    page = Cards(plan(delete())).open(web, account)
    expect(page.locator(".stamp")).to_have_text("Nothing has happened yet")
    expect(button(page, "confirm")).to_have_text("Delete and tell Priya")
    expect(button(page, "cancel")).to_have_text("Don't")


def test_a_mail_says_when_it_is_to_leave(web: Web, account: Account) -> None:
    later = mail()
    later["mail"]["send_at"] = "2026-03-03T08:00:00-05:00"
    page = Cards(plan(later)).open(web, account)
    expect(page.locator(".letter")).to_contain_text("Leaves at Tue, Mar 3, 8:00 AM")


def test_a_decision_names_what_was_seen(web: Web, account: Account) -> None:
    """A no names the plan only: it does no harm, whatever has changed."""
    for kind, seen in (("confirm", {"digest": "d7"}), ("cancel", {})):
        cards = Cards(plan(move(), digest="d7"))
        page = cards.open(web, account)
        press(page, kind)
        expect(page.locator(".card.is-pending")).to_have_count(0)
        assert cards.bodies(kind) == [{"thread_id": THREAD, "plan_id": "plan_1", **seen}]


@pytest.mark.parametrize("rest", ["skip", "wait"])
def test_what_is_not_ticked_is_skipped_or_waits_on(web: Web, account: Account, rest: str) -> None:
    cards = Cards(plan(move(), mail(id="act_2"), task(3)))
    page = cards.open(web, account)
    expect(page.locator(".card-question")).to_have_text("3 things to decide")
    expect(button(page, "confirm")).to_have_text("Do all 3")
    page.locator(".action > .pick").nth(1).uncheck()
    expect(button(page, "confirm")).to_have_text("Do 2 of 3")
    expect(page.locator(".rest")).to_contain_text("It will not happen.")
    page.get_by_label("leave the rest waiting" if rest == "wait" else "skip the rest").check()
    press(page, "confirm")
    expect(page.locator(".card.is-pending")).to_have_count(0)
    (body,) = cards.bodies("confirm")
    assert (body["action_ids"], body["rest"]) == (["act_1", "act_3"], rest)


def _without(cards: Cards, left: list[str], **more: Any) -> None:
    """What the server makes of a bulk change without some."""
    cut = plan(archive(id="act_9", was=was(messages=[]), **more), id="plan_2", digest="d2", supersedes="plan_1")
    cut["actions"][0]["items"] = [item for item in cut["actions"][0]["items"] if item["id"] in left]
    cards.plans["plan_2"] = cut
    cards.answers["plan_1"] = (200, cut)


def test_a_bulk_change_is_cut_down_to_what_is_ticked_and_just_that_is_confirmed(web: Web, account: Account) -> None:
    cards = Cards(plan(archive()))
    page = cards.open(web, account)
    expect(page.locator(".items li")).to_have_count(7)
    page.locator(".items .pick").nth(2).uncheck()
    page.locator(".items li").nth(5).click()  # anywhere on the line
    expect(button(page, "confirm")).to_have_text("Do 5 of 7")
    left = ["msg_0", "msg_1", "msg_3", "msg_4", "msg_6"]
    _without(cards, left)
    press(page, "confirm")
    expect(page.locator(".card.is-completed")).to_be_visible()
    assert cards.bodies("plan_1") == [{"edits": {"act_1": {"messages": left}}}]
    assert cards.bodies("confirm") == [{"thread_id": THREAD, "plan_id": "plan_2", "digest": "d2"}]


@pytest.mark.parametrize("what", ["others", "warned"])
def test_what_comes_of_it_is_shown_first_if_it_is_anything_else(web: Web, account: Account, what: str) -> None:
    cards = Cards(plan(archive()))
    page = cards.open(web, account)
    page.locator(".items .pick").first.uncheck()
    left = [f"msg_{number}" for number in range(1, 7)]
    if what == "others":
        _without(cards, left[1:])
    else:
        _without(cards, left, warnings=[{"code": "new", "text": "One of them is starred."}])
    press(page, "confirm")
    expect(page.locator(".card-note")).to_have_text("This has changed: look again.")
    assert cards.bodies("confirm") == []


def test_of_a_bulk_change_without_anything_nothing_is_left_to_confirm(web: Web, account: Account) -> None:
    cards = Cards(plan(archive()))
    page = cards.open(web, account)
    for box in page.locator(".items .pick").all():
        box.uncheck()
    leap(page)
    button(page, "confirm").evaluate("button => button.click()")
    expect(button(page, "confirm")).to_have_attribute("aria-disabled", "true")
    assert cards.asked == []


# --- fresh -----------------------------------------------------------------------------------------------------------


def test_what_changed_since_is_shown_before_a_confirm_counts(web: Web, account: Account) -> None:
    web.expected.append("409")
    clash = {"code": "clash", "text": "It overlaps 'Board meeting'."}
    fresh = plan(move(), digest="d2")
    fresh["actions"][0]["warnings"] += [clash]
    cards = Cards(plan(move()))
    page = cards.open(web, account)
    cards.answers["confirm"] = (409, _refusal(fresh))
    cards.plans["plan_1"] = fresh
    page.evaluate(CLICK_ANEW)  # at once: it has not settled again
    press(page, "confirm")
    expect(page.locator(".card-note")).to_have_text("This has changed: look again.")
    expect(page.locator(".warnings .is-fresh")).to_have_text("New: It overlaps 'Board meeting'.")
    expect(page.locator(".warnings li")).to_have_count(2)
    expect(page.locator(".failed")).to_have_count(0)
    del cards.answers["confirm"]
    assert page.evaluate("clicked")
    assert len(cards.bodies("confirm")) == 1
    press(page, "confirm")
    expect(page.locator(".card.is-completed")).to_be_visible()
    assert [body["digest"] for body in cards.bodies("confirm")] == ["d1", "d2"]


CLICK_ANEW = """() => new MutationObserver(() => {
    const button = document.querySelector(".decide-confirm:not([aria-disabled])");
    if (!document.querySelector(".is-fresh") || !button || window.clicked) return;
    window.clicked = true;
    button.click();
}).observe(document.body, { childList: true, subtree: true })"""


def _refusal(fresh: Json) -> Json:
    details = {"reason": "plan_changed", "plan": fresh}
    return {"error": "confirmation_error", "message": "Failed to confirm action: it changed.", "details": details}


def test_a_new_warning_that_is_only_looked_at_is_marked_too(web: Web, account: Account) -> None:
    cards = Cards(plan(task()))
    page = cards.open(web, account)
    cards.plans["plan_1"] = plan(task(warnings=[{"code": "late", "text": "That is a holiday."}]), digest="d2")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".warnings .is-fresh")).to_contain_text("That is a holiday.")


def test_a_message_names_what_its_writer_saw(web: Web, account: Account) -> None:
    cards = Cards(plan(move(), digest="d7"))
    cards.answers["stream"] = (422, {"error": "validation_error", "message": "no"})
    web.expected.append("422")
    page = cards.open(web, account)
    say(page, "make it later")
    page.locator(".failed").wait_for()
    (body,) = cards.bodies("stream")
    assert (body["plan_id"], body["digest"]) == ("plan_1", "d7")


@pytest.mark.parametrize("begun", ["edit", "box"])
def test_a_typed_yes_decides_nothing_while_something_is_begun(
    page: Page, account: Account, web: Web, begun: str
) -> None:
    web.expected.append("409")
    say(page, '!create_task {"title": "Call the bank"}\n!create_task {"title": "Buy milk"}')
    page.locator(".card.is-pending").wait_for()
    if begun == "edit":
        page.locator('[data-key^="edit-"]').first.click()
        page.fill('.edit [name="title"]', "Call two banks")
    else:
        page.locator(".pick").first.uncheck()
    say(page, "yes")
    expect(page.locator(".toast")).to_contain_text("Finish or discard")
    expect(page.locator("#composer")).to_have_value("yes")
    assert account.statuses() == ["pending"]
    if begun == "edit":
        expect(page.locator('.edit [name="title"]')).to_have_value("Call two banks")
        page.get_by_role("button", name="Back").click()
    else:
        page.locator(".pick").first.check()
    page.press("#composer", "Enter")
    expect(page.locator(".card.is-completed")).to_be_visible()


def test_a_form_stays_as_it_is_while_the_rest_of_the_card_changes(web: Web, account: Account) -> None:
    cards = Cards(plan(task()))
    page = cards.open(web, account)
    page.locator('[data-key^="edit-"]').click()
    page.fill('.edit [name="title"]', "Call two banks")
    cards.plans["plan_1"] = plan(task(), digest="d2")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".card-note")).to_be_visible()
    expect(page.locator('.edit [name="title"]')).to_have_value("Call two banks")
    expect(page.locator('.edit [name="title"]')).to_be_focused()


# --- held, and undone ------------------------------------------------------------------------------------------------


def _held(seconds: float, account: Account) -> Json:
    leaves = account.server.clock.now() + timedelta(seconds=seconds)
    return plan(mail(status="held", runs_at=leaves.isoformat()), status="confirmed", decided_at=CREATED)


def test_what_has_not_left_yet_is_counted_down_and_can_be_stopped(web: Web, account: Account) -> None:
    cards = Cards(_held(300, account))
    page = cards.open(web, account)
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"Leaves in 4:5\d"))
    expect(page.locator(".stamp")).to_have_text("About to leave")
    page.get_by_role("button", name="Don't send").click()
    expect(page.locator(".card")).to_have_class("card is-cancelled")
    assert cards.asked == [("POST cancel", {"thread_id": THREAD, "plan_id": "plan_1"})]
    assert page.evaluate("document.activeElement.className") == "card is-cancelled"


def test_what_is_confirmed_already_is_stopped(web: Web, account: Account) -> None:
    web.expected.append("409")
    cards = Cards(_held(60, account))
    refusal = {"error": "cancellation_error", "message": "no", "details": {"reason": "already_executed"}}
    cards.answers["cancel"] = (409, refusal)
    page = cards.open(web, account)
    with page.expect_response("**/chat/stop"):
        page.get_by_role("button", name="Don't send").click()
    assert [what for what, _ in cards.asked] == ["POST cancel", "POST stop"]


def test_what_leaves_at_eight_says_so(web: Web, account: Account) -> None:
    page = Cards(_held(5 * 3600, account)).open(web, account)
    expect(page.get_by_role("timer")).to_have_text("Leaves at 2:00 PM")


def test_a_held_mail_turns_into_its_receipt_when_it_has_left(web: Web, account: Account) -> None:
    cards = Cards(_held(2, account))
    page = cards.open(web, account)
    page.get_by_role("timer").wait_for()
    cards.plans["plan_1"] = plan(mail(status="succeeded", receipt="Sent to Helen Park."), **DONE)
    expect(page.locator(".card.is-completed")).to_contain_text("Sent to Helen Park.")


def _done(undone_by: str | None = None) -> Json:
    return plan(
        move(status="succeeded", receipt="Moved.", undo={"label": "Undo and tell Ana", "done": undone_by}), **DONE
    )


def test_a_receipt_can_be_undone(web: Web, account: Account) -> None:
    cards = Cards(_done())
    page = cards.open(web, account)
    cards.plans["plan_1"] = _done("act_9")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".outcome")).to_have_text("Undone")
    expect(page.locator(".card-foot")).to_have_text("It was done, and undone again.")
    assert cards.asked == [("POST plan_1/undo", {"action_ids": ["act_1"]})]
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert page.evaluate("document.activeElement.className") == "card is-completed"


def test_what_cannot_be_undone_any_more_says_why(web: Web, account: Account) -> None:
    web.expected.append("409")
    cards = Cards(_done())
    why = {"error": "not_undoable", "message": "no", "details": {"actions": {"act_1": "It was changed since."}}}
    cards.answers["plan_1/undo"] = (409, why)
    page = cards.open(web, account)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".action")).to_contain_text("It was changed since.")


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_deciding_by_keyboard_keeps_the_focus(web: Web, account: Account) -> None:
    page = Cards(plan(move())).open(web, account)
    leap(page)
    button(page, "confirm").focus()
    page.keyboard.press("Space")
    expect(page.locator(".card.is-completed")).to_be_focused()


def test_a_conversation_that_is_opened_or_begun_waits_for_words(web: Web, account: Account) -> None:
    thread = account.say("hello")["thread_id"]
    page = web.open(account)
    expect(page.locator("#composer")).to_be_focused()
    page.click(".places a[href='#/waiting']")
    page.locator(".empty").wait_for()
    page.click(f".thread-list a[href='#/t/{thread}']")
    answered(page, "hello")
    expect(page.locator("#composer")).to_be_focused()
    page.click(".new-thread")
    expect(page.locator("#composer")).to_be_focused()


def test_on_a_touch_screen_no_keyboard_comes_over_the_page_by_itself(web: Web, account: Account) -> None:
    page = web.open(account, size="phone", has_touch=True, is_mobile=True)
    page.locator(".welcome").wait_for()
    expect(page.locator("#composer")).not_to_be_focused()


def test_a_field_that_is_being_mended_is_wrong_no_more(page: Page, web: Web) -> None:
    web.expected.append("422")
    say(page, '!create_calendar_event {"title": "Lunch", "start": "2026-03-10T12:00"}')
    page.locator('[data-key^="edit-"]').click()
    page.fill('.edit [name="start"]', "when pigs fly")
    page.press('.edit [name="start"]', "Enter")
    expect(page.locator(".edit > .action-error")).not_to_be_empty()
    page.locator('.edit [name="start"]').press_sequentially("x")
    expect(page.locator(".edit > .action-error")).to_be_empty()
    expect(page.locator(".edit .field .action-error:not(:empty)")).to_have_count(0)
    expect(page.locator(".edit [aria-invalid]")).to_have_count(0)


def _three() -> Cards:
    ids = ["plan_1", "plan_2", "plan_3"]
    return Cards(
        *(
            plan(task(number, f"Task {number}"), id=each, created_at=f"2026-03-02T14:00:0{number}Z")
            for number, each in enumerate(ids)
        )
    )


def test_waiting_is_a_list_to_go_through_by_keys(web: Web, account: Account) -> None:
    cards = _three()
    page = cards.open(web, account, "waiting")
    expect(page.locator(".page")).to_be_focused()
    expect(page.locator(".keys-hint")).to_be_visible()
    leap(page)
    page.keyboard.press("y")  # at none of them
    page.keyboard.press("j")
    expect(page.locator("#plan-plan_1")).to_be_focused()
    page.keyboard.press("y")  # within its first moments
    page.keyboard.press("j")
    expect(page.locator("#plan-plan_2")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#plan-plan_1")).to_be_focused()
    assert cards.asked == []
    leap(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+y")
    assert cards.asked == []
    page.keyboard.press("y")
    expect(page.locator("#plan-plan_1")).to_have_class("card is-completed")
    expect(page.locator("#plan-plan_1")).to_be_focused()
    page.keyboard.press("j")
    leap(page)
    page.keyboard.press("n")
    expect(page.locator("#plan-plan_2")).to_have_class("card is-cancelled")
    assert [body["plan_id"] for _, body in cards.asked] == ["plan_1", "plan_2"]


def test_keys_that_go_into_a_field_decide_nothing(web: Web, account: Account) -> None:
    cards = _three()
    page = cards.open(web, account, "waiting")
    page.keyboard.press("j")
    page.locator('[data-key="note"]').first.click()
    leap(page)
    page.keyboard.type("yn jk")
    expect(page.locator(".card-words input")).to_have_value("yn jk")
    page.locator('[data-key^="edit-"]').first.click()
    page.keyboard.press("y")
    assert cards.asked == []


def test_a_key_does_not_decide_what_is_being_edited(web: Web, account: Account) -> None:
    cards = _three()
    page = cards.open(web, account, "waiting")
    page.locator('[data-key^="edit-"]').first.click()
    page.locator("#plan-plan_1").focus()
    leap(page)
    page.keyboard.press("y")
    expect(button(page, "confirm").first).to_have_attribute("aria-disabled", "true")
    assert cards.asked == []


def test_the_keys_are_in_the_help(page: Page) -> None:
    page.click("[aria-label='Keyboard shortcuts']")
    expect(page.locator("dialog")).to_contain_text("Yes, do it")
    assert faults(page) == {}


@pytest.mark.parametrize("size", list(SIZES))
def test_the_answers_stay_in_sight_however_long_the_question_is(web: Web, account: Account, size: str) -> None:
    long = mail()
    long["mail"] |= {"body": LONG}
    for view in (f"t/{THREAD}", "waiting"):
        page = Cards(plan(long, archive(id="act_2"))).open(web, account, view, size=size)
        expect(button(page, "confirm")).to_be_in_viewport(ratio=1)
        page.locator(".items").scroll_into_view_if_needed()
        expect(button(page, "confirm")).to_be_in_viewport(ratio=1)


# --- settings --------------------------------------------------------------------------------------------------------


def test_for_how_long_mail_is_held_back_is_a_setting(web: Web, account: Account) -> None:
    context = web.context(account)
    user = account.http.get("/auth/session").json()["user"] | {"hold_seconds": None}
    asked: list[Json] = []

    def session(route: Any) -> None:
        route.fulfill(json=route.fetch().json() | {"user": user})

    def me(route: Any) -> None:
        asked.append(route.request.post_data_json)
        user.update(asked[-1])
        route.fulfill(json=user)

    context.route("**/auth/session", session)
    context.route("**/me", me)
    page = web.page(context, account.url + "/#/settings")
    field = page.get_by_label("Hold before sending")
    expect(field).to_have_value("")
    names = ["as this server has it", "send at once", "5 seconds", "10 seconds", "30 seconds", "1 minute", "5 minutes"]
    expect(field.locator("option")).to_have_text(names)
    for value, seconds in (("30", 30), ("0", 0), ("", None)):
        field.select_option(value)
        expect(page.locator(".toast").last).to_contain_text("Saved")
        assert asked[-1] == {"hold_seconds": seconds}


def test_deleting_ones_data_says_what_goes(page: Page) -> None:
    page.evaluate("location.hash = '#/settings'")
    page.get_by_text("Delete my account, with calendar, mail and tasks").click()
    expect(page.locator(".danger")).to_contain_text("What lies in your connected accounts stays there.")


def test_what_partial_means_is_said(web: Web, account: Account) -> None:
    some = plan(
        task(status="succeeded", receipt="Added."), mail(id="act_2", status="failed", error="No."), status="partial"
    )
    page = Cards(some).open(web, account)
    expect(page.locator(".card-foot")).to_contain_text("what was done stays done")
    assert HELEN[1] in page.locator(".action").nth(1).inner_text()


# --- against the server ----------------------------------------------------------------------------------------------


@pytest.fixture
def holding(start_server: StartServer, puppet: Puppet) -> Account:
    """The owner of a server that holds back what goes to others. Its clock stands still."""
    return Account(start_server(source=puppet, hold_seconds=30), "")


def test_while_something_is_held_the_conversation_goes_on(web: Web, holding: Account) -> None:
    page = web.open(holding)
    say(page, '!send_mail {"to": ["ana@example.com"], "subject": "Hello", "body": "Hi"}')
    page.locator(".card.is-pending").wait_for()
    press(page, "confirm")
    page.get_by_role("timer").wait_for()
    say(page, "and on")
    answered(page, "and on")
    page.get_by_role("button", name="Don't send").click()
    expect(page.get_by_role("timer")).to_have_count(0)
    assert holding.plans()[0]["actions"][0]["status"] == "skipped"


def test_what_was_done_is_undone_by_one_click(page: Page, account: Account) -> None:
    say(page, '!create_task {"title": "Call the bank"}')
    page.locator(".card.is-pending").wait_for()
    press(page, "confirm")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".outcome")).to_have_text("Undone")
    assert account.http.get("/workspace/today").json()["tasks"] == []
