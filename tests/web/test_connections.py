"""Connections: what the accounts are for, how they stand, one more, one less."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.conftest import StartServer
from tests.kit.far.connectors import ByPassword
from tests.web.conftest import Account, Web
from tests.web.puppet import Puppet

from sayso.http.schemas import AccountAnswer, AccountsAnswer, ConnectRequest, SuggestionAnswer

ALL = ["calendar", "tasks", "mail", "contacts"]
GOOGLE = {"kind": "google", "label": "Google", "how": "oauth", "serves": ALL}
SERVERS = {"kind": "standards", "label": "Mail and calendar servers", "how": "password", "serves": ALL}
NOTHING: dict[str, Any] = {"provider": "", "app_passwords": "", "note": "", "servers": {}, "doubtful": []}
HERE = {"kind": "local", "label": "On this server", "how": "here", "serves": ALL}


def an_account(name: str, **changes: Any) -> dict[str, Any]:
    """An account as the server tells it."""
    address = f"{name.lower()}@post.example"
    told: dict[str, Any] = {"id": f"acc_{name.lower()}", "kind": "standards", "label": name, "address": address}
    told |= {"serves": ["mail"], "default_for": [], "state": "connected", "since": "2026-03-02T14:00:00Z", "checks": []}
    return told | changes


LOCAL = an_account("Local", id="local", kind="local", label="Sample data", address="", serves=ALL, default_for=ALL)


@dataclass
class Accounts:
    """Stands in for a server that knows more kinds than this one. `answers`: to the next requests that change
    something, a status and a body each; `asked`: those requests."""

    accounts: list[dict[str, Any]]
    kinds: list[dict[str, Any]] = field(default_factory=lambda: [HERE, GOOGLE, SERVERS])
    setup: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    suggestion: dict[str, Any] = field(default_factory=lambda: {**NOTHING})
    """What is known of an address."""

    def __call__(self, route: Route) -> None:
        request = route.request
        if request.url.partition("?")[0].endswith("/servers"):
            SuggestionAnswer.model_validate(self.suggestion)
            route.fulfill(json=self.suggestion)
            return
        if request.method == "GET":
            told = {"accounts": self.accounts, "kinds": self.kinds, "setup": self.setup}
            AccountsAnswer.model_validate(told)
            route.fulfill(json=told)
            return
        self.asked.append((request.method, request.url.partition("/accounts")[2], request.post_data_json))
        status, body = self.answers.pop(0)
        if status in (200, 201) and "id" in body:
            AccountAnswer.model_validate(body)
        route.fulfill(status=status, json=body)

    def open(self, web: Web, account: Account, path: str = "/#/connections") -> Page:
        context = web.context(account)
        self.serve(context)
        page = web.page(context, account.url + path)
        page.locator(".account, .empty").first.wait_for()
        return page

    def serve(self, context: BrowserContext) -> None:
        context.route("**/accounts", self)
        context.route("**/accounts/*", self)
        context.route("**/accounts/*/servers?*", self)


def card(page: Page, name: str) -> Any:
    return page.locator(".account").filter(has=page.get_by_role("heading", name=name, exact=True))


def add(page: Page, kind: str) -> Any:
    """The opened form for one more account of this kind."""
    page.get_by_text(kind, exact=True).click()
    return page.locator("details.addition[open] .connect-form")


def test_each_account_says_how_it_stands(web: Web, account: Account) -> None:
    checks = [
        {"name": "Reading mail", "works": True, "message": ""},
        {"name": "Sending mail", "works": False, "message": "The server takes no sign-in."},
    ]
    three_hours = "2026-03-02T11:00:00Z"
    page = Accounts(
        [
            an_account("Work", serves=["calendar", "mail"], default_for=["calendar"], checks=checks),
            an_account("Home", state="unreachable", since=three_hours),
            an_account("Old", kind="google", state="reconnect_needed", since=three_hours),
        ]
    ).open(web, account)
    work = card(page, "Work")
    expect(work.locator(".account-state")).to_have_text("Connected")
    expect(work).to_contain_text("work@post.example")
    expect(work.get_by_label("Calendar")).to_be_checked()
    expect(work.get_by_label("Contacts")).not_to_be_checked()
    expect(work.locator(".checks li")).to_have_text(
        ["Reading mail works", "Sending mail does not: The server takes no sign-in."]
    )
    expect(card(page, "Home").locator(".account-state")).to_have_text("Does not answernoticed 3 hours ago")
    old = card(page, "Old")
    expect(old.locator(".account-state")).to_contain_text("Reconnect needed")
    again = old.get_by_role("link", name="Reconnect")
    expect(again).to_have_attribute(
        "href", "/accounts/google/connect?redirect=%2F%23%2Fconnections&serves=mail&account=acc_old"
    )


def test_an_account_is_renamed_where_its_name_stands(web: Web, account: Account) -> None:
    there = Accounts([an_account("Work")])
    page = there.open(web, account)
    there.answers = [(200, an_account("Work", label="Office"))]
    page.get_by_role("button", name="Rename “Work”").press("Enter")
    there.accounts = [an_account("Work", label="Office")]
    page.keyboard.type("Office")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Rename “Office”")).to_be_focused()
    expect(page.locator(".toast")).to_contain_text("Saved")
    page.keyboard.press("Enter")
    page.keyboard.type("Somewhere")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Office")).to_be_visible()
    assert there.asked == [("PATCH", "/acc_work", {"label": "Office"})]


def test_what_an_account_is_for_and_what_is_new_goes_where(web: Web, account: Account) -> None:
    web.expected.append("422")
    work, home = an_account("Work", default_for=["mail"]), an_account("Home")
    there = Accounts([work, home])
    page = there.open(web, account)
    there.answers = [(200, work)]
    there.accounts = [work | {"serves": ["tasks", "mail"]}, home]
    tasks = card(page, "Work").get_by_role("group", name="Used for").get_by_label("Tasks")
    tasks.press("Space")
    expect(page.locator(".toast")).to_contain_text("Saved")
    expect(tasks).to_be_checked()
    expect(tasks).to_be_focused()
    there.answers = [(200, home)]
    there.accounts = [work | {"default_for": []}, home | {"default_for": ["mail"]}]
    card(page, "Home").get_by_role("group", name="Default for").get_by_label("Mail").check(force=True)
    expect(card(page, "Home").locator(".is-so")).to_have_text("Mail")
    expect(card(page, "Work").locator(".is-so")).to_have_count(0)
    card(page, "Home").get_by_role("group", name="Used for").get_by_label("Mail").click()
    expect(page.locator(".toast.is-error")).to_contain_text("for one thing at least")
    refusal = {"error": "validation_error", "message": "serves: This account cannot serve calendar; connect it again."}
    there.answers = [(422, refusal)]
    card(page, "Home").get_by_label("Calendar").click()
    expect(page.locator(".toast.is-error").last).to_contain_text("cannot serve calendar")
    expect(card(page, "Home").get_by_label("Calendar")).not_to_be_checked()
    assert [body for _, _, body in there.asked] == [
        {"serves": ["tasks", "mail"]},
        {"default_for": ["mail"]},
        {"serves": ["calendar", "mail"]},
    ]


def test_what_goes_with_an_account_is_said_before_it_is_removed(web: Web, account: Account) -> None:
    there = Accounts([an_account("Work"), an_account("Home")])
    page = there.open(web, account)
    remove = page.get_by_role("button", name="Remove “Work”")
    expect(remove).to_be_hidden()
    card(page, "Work").get_by_text("Remove", exact=True).click()
    expect(card(page, "Work")).to_contain_text("forgets the password and revokes its access. Nothing is deleted at")
    untold = "The account is removed, but its provider could not be told."
    there.answers, there.accounts = [(200, {"removed": True, "message": untold})], [an_account("Home")]
    remove.click()
    expect(page.locator(".account")).to_have_count(1)
    expect(page.locator(".toast")).to_have_text(untold)
    expect(page.locator("#stage")).to_be_focused()
    there.answers, there.accounts = [(204, {})], []
    card(page, "Home").get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove “Home”").click()
    expect(page.locator(".empty")).to_contain_text("Nothing is connected")
    assert [path for _, path, _ in there.asked] == ["/acc_work", "/acc_home"]


def test_one_chooses_for_what_before_one_goes_to_the_provider(web: Web, account: Account) -> None:
    page = Accounts([LOCAL]).open(web, account)
    form = add(page, "Google")
    form.get_by_label("Mail").press("Space")
    form.get_by_label("Contacts").press("Space")
    with page.expect_request("**/accounts/google/connect*") as request:
        page.context.route("**/accounts/google/connect*", lambda route: route.fulfill(status=204))
        form.get_by_role("link", name="Connect Google").press("Enter")
    assert request.value.url.endswith("/connect?redirect=%2F%23%2Fconnections&serves=calendar%2Ctasks")


def test_an_account_by_address_and_password(web: Web, account: Account) -> None:
    web.expected.append("422")
    there = Accounts([LOCAL])
    page = there.open(web, account)
    form = add(page, "Mail and calendar servers")
    form.get_by_role("button", name="Connect").click()
    expect(form.get_by_label("E-mail address")).to_be_focused()  # the browser says what is missing
    assert there.asked == []
    form.get_by_label("E-mail address").fill("robin@post.example")
    form.get_by_label("Password").fill("a secret")
    form.get_by_text("Name and servers").click()
    form.get_by_label("User name").fill("robin")
    form.get_by_label("Calendar (CalDAV)").fill("https://dav.post.example")
    form.get_by_role("group", name="Outgoing").get_by_label("Server").fill("smtp.post.example")
    form.get_by_text("Name and servers").click()
    fields = [{"field": "servers.smtp.host", "message": "There is no such server."}]
    there.answers = [(422, {"error": "validation_error", "message": "no", "details": {"fields": fields}})]
    form.get_by_role("button", name="Connect").click()
    wrong = form.get_by_role("group", name="Outgoing").get_by_label("Server")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description("There is no such server.")
    checks = [{"name": "imap", "works": True, "message": ""}, {"name": "Sending", "works": False, "message": "No."}]
    there.answers = [(422, {"error": "cannot_connect", "message": "Nothing works.", "details": {"checks": checks}})]
    form.get_by_role("button", name="Connect").click()
    expect(form.get_by_role("alert")).to_have_text("Nothing works.")
    expect(form.locator(".checks li")).to_have_text(["Incoming mail (IMAP) works", "Sending does not: No."])
    made = an_account("Post", checks=checks)
    there.answers, there.accounts = [(201, made)], [LOCAL, made]
    form.get_by_role("button", name="Connect").click()
    expect(card(page, "Post")).to_be_focused()
    expect(card(page, "Post").locator(".checks li")).to_have_text(
        ["Incoming mail (IMAP) works", "Sending does not: No."]
    )
    expect(page.locator("#say-a, #say-b").filter(has_text="“Post” is connected.")).to_have_count(1)
    assert "a secret" not in page.content()
    assert page.locator("input[type=password]").evaluate_all("fields => fields.map((field) => field.value)") == [""]
    sent = [body for _, _, body in there.asked]
    for body in sent:
        ConnectRequest.model_validate(body)
    assert sent[-1] == {
        "kind": "standards",
        "address": "robin@post.example",
        "password": "a secret",
        "username": "robin",
        "servers": {
            "caldav": "https://dav.post.example",
            "smtp": {"host": "smtp.post.example", "port": 465, "tls": "implicit"},
        },
    }


def test_what_is_known_of_an_address_fills_the_form(web: Web, account: Account) -> None:
    """Where one makes the password is a link, and what is found can be changed."""
    imap = {"host": "imap.fastmail.com", "port": 993, "tls": "implicit"}
    page_of = "https://www.fastmail.help/app-passwords"
    found = {"provider": "Fastmail", "app_passwords": page_of, "note": "Fastmail takes an app password only."}
    accounts = Accounts([LOCAL], suggestion={**NOTHING, **found, "servers": {"imap": imap}})
    accounts.answers.append((201, an_account("Work")))
    page = accounts.open(web, account)
    form = add(page, "Mail and calendar servers")
    form.get_by_label("E-mail address").fill("work@post.example")
    form.get_by_label("Password").click()
    expect(form.get_by_role("status")).to_contain_text("Fastmail takes an app password only.")
    expect(form.get_by_role("link", name="Make an app password at Fastmail")).to_have_attribute("href", page_of)
    form.get_by_text("Name and servers").click()
    server = form.get_by_role("group", name="Incoming mail")
    expect(server.get_by_label("Server")).to_have_value("imap.fastmail.com")
    server.get_by_label("Encryption").select_option("none")
    form.get_by_label("Connect without encryption").check(force=True)
    form.get_by_label("Password").fill("secret")
    form.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("“Work” is connected.")).to_be_attached()
    [(_, _, body)] = accounts.asked
    assert body["servers"] == {"imap": {**imap, "tls": "none"}}
    assert body["unencrypted"] is True


def test_servers_that_only_dns_names_are_shown_before_anything_is_sent_there(web: Web, account: Account) -> None:
    imap = {"host": "imap.elsewhere.example", "port": 993, "tls": "implicit"}
    told = {**NOTHING, "servers": {"imap": imap}, "doubtful": ["imap.elsewhere.example"]}
    page = Accounts([LOCAL], suggestion=told).open(web, account)
    form = add(page, "Mail and calendar servers")
    form.get_by_label("E-mail address").fill("work@post.example")
    form.get_by_label("Password").click()
    expect(form.get_by_role("status")).to_contain_text("Only DNS names these servers")
    expect(form.get_by_role("group", name="Incoming mail").get_by_label("Server")).to_be_visible()


def test_an_account_whose_password_has_changed_is_connected_again(web: Web, account: Account) -> None:
    there = Accounts([an_account("Work", state="reconnect_needed")])
    page = there.open(web, account)
    form = card(page, "Work").locator("form.connect-form")
    expect(form.get_by_label("E-mail address")).to_have_value("work@post.example")
    form.get_by_label("Password").fill("a new one")
    there.answers, there.accounts = [(201, an_account("Work"))], [an_account("Work")]
    form.get_by_role("button", name="Reconnect").click()
    expect(card(page, "Work").locator(".account-state")).to_have_text("Connected")
    assert there.asked[0][2] == {"kind": "standards", "address": "work@post.example", "password": "a new one"}


def test_a_second_click_does_not_connect_twice(web: Web, account: Account) -> None:
    there = Accounts([LOCAL])
    page = there.open(web, account)
    held: list[Route] = []
    page.context.route(
        "**/accounts", lambda route: held.append(route) if route.request.method == "POST" else there(route)
    )
    form = add(page, "Mail and calendar servers")
    form.get_by_label("E-mail address").fill("robin@post.example")
    form.get_by_label("Password").fill("a secret")
    form.get_by_role("button", name="Connect").click()
    expect(form.locator(".working")).to_contain_text("Looking for it")
    form.get_by_role("button", name="Connect").click(force=True)
    form.get_by_label("Password").press("Enter")
    assert len(held) == 1
    there.accounts = [LOCAL, an_account("Post")]
    held[0].fulfill(status=201, json=an_account("Post"))
    expect(card(page, "Post")).to_be_focused()
    expect(page.locator(".working")).to_have_count(0)


SETUP: dict[str, Any] = {
    "kind": "google",
    "label": "Google",
    "redirect_uri": "https://sayso.example/auth/google/callback",
    "scopes": ["https://www.googleapis.com/auth/tasks", "https://www.googleapis.com/auth/gmail.modify"],
    "done": False,
}


def steps(page: Page) -> Any:
    page.locator(".setup > summary").click()
    return page.locator(".setup[open]")


def test_who_runs_the_server_is_led_through_setting_it_up(web: Web, account: Account) -> None:
    page = Accounts([LOCAL], kinds=[HERE, SERVERS], setup=[SETUP]).open(web, account)
    shown = steps(page)
    expect(page.locator(".setup > summary")).to_have_text("Google: set it up first")
    expect(shown.locator("ol > li")).to_have_count(6)
    expect(shown.get_by_text(SETUP["redirect_uri"], exact=True)).to_be_visible()
    expect(shown.locator("pre").first).to_have_text("\n".join(SETUP["scopes"]))
    expect(shown.locator("a[href*='apis/library']")).to_have_count(4)
    expect(shown.get_by_text("only addresses with https")).to_have_count(0)
    assert {each.get_attribute("rel") for each in shown.locator("a").all()} == {"noopener noreferrer"}


@pytest.mark.parametrize(
    ("address", "refused"),
    [("http://192.168.1.5:8000", 1), ("http://sayso.lan", 1), ("http://localhost:8000", 0), ("http://127.0.0.1", 0)],
)
def test_an_address_that_the_provider_would_refuse_is_told_before(
    web: Web, account: Account, address: str, refused: int
) -> None:
    setup = {**SETUP, "redirect_uri": f"{address}/auth/google/callback", "done": True}
    page = Accounts([LOCAL], setup=[setup]).open(web, account)
    expect(steps(page).get_by_text("only addresses with https")).to_have_count(refused)
    expect(page.locator(".setup > summary")).to_have_text("Google: how it is set up")


def test_who_does_not_run_it_is_not_led_there(web: Web, account: Account) -> None:
    expect(Accounts([LOCAL]).open(web, account).locator(".setup")).to_have_count(0)


def test_what_was_not_granted_yet_is_asked_for_when_it_is_ticked(web: Web, account: Account) -> None:
    web.expected += ["422", "404"]
    there = Accounts([an_account("Work", kind="google", serves=["calendar"])])
    page = there.open(web, account)
    there.answers = [(422, {"error": "validation_error", "message": "This account cannot serve mail.", "details": {}})]
    with page.expect_request("**/accounts/google/connect?**") as asked:
        card(page, "Work").get_by_label("Mail").check()
    assert "serves=calendar%2Cmail&account=acc_work" in asked.value.url


WORDS = {
    "declined": "said no",
    "expired": "took too long",
    "not_this_browser": "another browser",
    "provider_unreachable": "does not answer",
    "provider_error": "an error",
    "wrong_user": "somebody else",
    "scope_missing": "left out",
    "api_off": "not switched on",
    "client_refused": "client id and secret",
    "redirect_uri_mismatch": "redirect URI",
    "unknown": "did not say why",
    "what_nobody_knows": "did not say why",
}


@pytest.mark.parametrize(("code", "words"), WORDS.items())
def test_what_went_wrong_with_a_new_connection_is_told_once(web: Web, account: Account, code: str, words: str) -> None:
    page = Accounts([LOCAL]).open(web, account, f"/#/connections/{code}")
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    assert page.url.endswith("/#/connections")
    page.reload()
    page.locator(".account").wait_for()
    expect(page.get_by_role("alert").filter(has_text=words)).to_have_count(0)


def told(account: Account) -> dict[str, list[str]]:
    """The accounts by the server's own word: by what each is called, what it serves."""
    accounts = account.http.get("/accounts").raise_for_status().json()["accounts"]
    return {each["label"]: each["serves"] for each in accounts}


def test_sample_data_goes_at_one_click_and_an_empty_workspace_comes_back_at_another(web: Web, owner: Account) -> None:
    page = web.open(owner, "/#/connections")
    expect(page.locator(".event").first).to_be_visible()
    expect(card(page, "Sample data")).to_contain_text("Only sample data goes with it")
    page.get_by_role("button", name="Remove “Sample data”").click()
    expect(page.locator(".empty")).to_contain_text("Nothing is connected")
    expect(page.locator(".event")).to_have_count(0)
    assert told(owner) == {}
    page.get_by_role("button", name="Add again").press("Enter")
    expect(card(page, "On this server")).to_be_focused()
    assert told(owner) == {"On this server": ALL}


def test_what_is_ones_own_goes_only_when_asked_for(web: Web, owner: Account, puppet: Puppet) -> None:
    web.expected.append("409")
    owner.decide('!create_task {"title": "Call the bank"}', "confirm")
    page = web.open(owner, "/#/connections")
    here = card(page, "On this server")
    here.get_by_role("button", name="Remove “On this server”").press("Enter")
    ways = here.get_by_role("group", name="Remove")
    expect(ways).to_be_focused()
    expect(ways).to_contain_text("There is data of your own in it, so it was not removed.")
    with page.expect_download() as download:
        ways.get_by_role("link", name="Download").click()
    assert "Call the bank" in download.value.path().read_text(encoding="utf-8")
    ways.get_by_role("button", name="Remove only the sample data").click()
    expect(page.locator(".toast")).to_contain_text("The sample data was removed.")
    assert [task["title"] for task in owner.http.get("/workspace/today").json()["tasks"]] == ["Call the bank"]
    here.get_by_role("button", name="Remove “On this server”").click()
    expect(ways.get_by_role("button")).to_have_text(["Delete it with everything in it"])
    ways.get_by_role("button").click()
    expect(page.locator(".empty")).to_contain_text("Nothing is connected")
    assert told(owner) == {}


def test_a_server_that_knows_no_other_kind_says_so(web: Web, owner: Account) -> None:
    page = web.open(owner, "/#/connections")
    expect(card(page, "Sample data")).to_be_visible()
    expect(page.locator(".connections")).to_contain_text("Connecting other systems is not possible in this version.")
    expect(page.locator(".connections details:not(.setup), .connections form")).to_have_count(0)


def test_an_account_of_a_far_system(web: Web, start_server: StartServer, puppet: Puppet) -> None:
    """Connected, used, renamed, connected again with its new password, and removed."""
    web.expected.append("422")
    far = ByPassword(passwords={"robin@far.example": "a secret"})
    owner = Account(start_server(source=puppet, connectors=[far]), "")
    page = web.open(owner, "/#/connections")
    form = add(page, "Far away")
    form.get_by_label("E-mail address").fill("robin@far.example")
    form.get_by_label("Password").fill("another one")
    form.get_by_role("button", name="Connect").click()
    expect(form.get_by_role("alert")).to_have_text("The far system does not accept this password.")
    form.get_by_label("Password").fill("a secret")
    form.get_by_role("button", name="Connect").click()
    mine = card(page, "robin@far.example")
    expect(mine).to_be_focused()
    works = ["Calendar works", "Outgoing mail (SMTP) does not: The server for sending does not answer."]
    expect(mine.locator(".checks li")).to_have_text(works)
    expect(mine.locator(".is-so")).to_have_text(["Calendar", "Tasks", "Mail", "Contacts"])
    mine.get_by_role("group", name="Used for").get_by_label("Contacts").uncheck(force=True)
    expect(mine.locator(".is-so")).to_have_text(["Calendar", "Tasks", "Mail"])
    card(page, "On this server").get_by_role("group", name="Default for").get_by_label("Mail").click()
    expect(mine.locator(".is-so")).to_have_text(["Calendar", "Tasks"])
    page.get_by_role("button", name="Rename “robin@far.example”").click()
    page.keyboard.type("Far")
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.keyboard.press("Enter")
    assert told(owner) == {"On this server": ALL, "Far": ["calendar", "tasks", "mail"]}
    far.passwords["robin@far.example"] = "a new one"
    owner.http.get("/workspace/today").raise_for_status()
    page.reload()
    mine = card(page, "Far")
    expect(mine.locator(".account-state")).to_contain_text("Reconnect needed")
    mine.get_by_label("Password").fill("a new one")
    mine.get_by_role("button", name="Reconnect").click()
    expect(mine.locator(".account-state")).to_have_text("Connected")
    mine.get_by_text("Remove", exact=True).click()
    mine.get_by_role("button", name="Remove “Far”").click()
    expect(page.locator(".account")).to_have_count(1)
    assert told(owner) == {"On this server": ALL}
