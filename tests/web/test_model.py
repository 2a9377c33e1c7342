"""The language model in the settings, and what a conversation costs."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from tests.conftest import StartServer
from tests.kit.servers import ModelServer, model_server
from tests.web.conftest import Account, Web, answered, say

from sayso.agent.models import chosen_source
from sayso.http.schemas import ModelChoiceAnswer, ModelRequest, ModelTestRequest

BUILT_IN = "Built in, without a language model"
NAME = "anthropic:claude-sonnet-5-5"
OLLAMA = "http://127.0.0.1:11434/v1"
VENDORS = [
    {"id": "anthropic", "label": "Anthropic", "example": NAME, "problem": None},
    {"id": "mistral", "label": "Mistral", "example": "mistral:large", "problem": "The library is not installed."},
]


def told(model: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """What the server tells of the model."""
    offline = {"name": "offline", "label": "Offline", "offline": True}
    chosen = offline | {"base_url": None, "has_key": False, "problem": None} | (model or {})
    answer = {"model": chosen, "chosen": model is not None, "default": offline, "offers": [], "vendors": VENDORS}
    answer |= {"may_name_servers": True, "spent_today": 0, "limit": None} | changes
    ModelChoiceAnswer.model_validate(answer)
    return answer


CLAUDE = told({"name": NAME, "label": "Claude (Anthropic)", "offline": False, "has_key": True})


class Model:
    """Stands in for a server. `asked`: what was to be chosen or tried."""

    def __init__(self, now: dict[str, Any]) -> None:
        self.now = now
        self.then = now
        self.asked: list[tuple[str, Any]] = []
        self.refusals: list[dict[str, Any]] = []
        self.verdicts: list[str | None] = []
        self.held: list[Route] = []

    def open(self, web: Web, account: Account, hold: bool = False) -> Page:
        context = web.context(account)
        context.route("**/me/model", self._model)
        context.route("**/me/model/test", self._hold if hold else self._test)
        page = web.page(context, f"{account.url}/#/settings")
        page.locator(".model-rows .row").first.wait_for()
        return page

    def _model(self, route: Route) -> None:
        if route.request.method == "PUT":
            body = route.request.post_data_json
            ModelRequest.model_validate(body)
            self.asked.append(("choose", body))
            if self.refusals:
                fields = [self.refusals.pop()]
                error = {"error": "validation_error", "message": "no", "details": {"fields": fields}}
                route.fulfill(status=422, json=error)
                return
            self.now = self.then
        route.fulfill(json=self.now)

    def _hold(self, route: Route) -> None:
        self.held.append(route)

    def _test(self, route: Route) -> None:
        body = route.request.post_data_json
        ModelTestRequest.model_validate(body)
        self.asked.append(("try", body))
        problem = self.verdicts.pop(0)
        route.fulfill(json={"works": problem is None, "problem": problem})


def choose(page: Page) -> Any:
    """The opened form."""
    page.locator("summary", has_text="Choose another").press("Enter")
    return page.locator(".model-rows form")


def way(form: Any, name: str) -> Any:
    return form.get_by_role("radio", name=re.compile(f"^{name}"))


def now(page: Page) -> Any:
    return page.locator(".model-rows .row").first


def test_what_answers_is_said_in_words(web: Web, account: Account) -> None:
    page = Model(told()).open(web, account)
    expect(now(page)).to_contain_text(BUILT_IN)
    expect(now(page)).to_contain_text("this server's choice")
    kept = Model(CLAUDE | {"spent_today": 12345, "limit": 500_000}).open(web, account)
    expect(now(kept)).to_contain_text("Claude (Anthropic)")
    expect(now(kept)).to_contain_text("chosen by you")
    expect(now(kept)).to_contain_text("your key is kept")
    expect(kept.locator(".model-rows")).to_contain_text("12,345 of 500,000 tokens")


def test_a_vendors_model_is_tried_and_chosen(web: Web, account: Account) -> None:
    web.expected.append("422")
    model = Model(told())
    model.verdicts = ["The vendor does not accept this key.", None]
    page = model.open(web, account)
    form = choose(page)
    expect(way(form, "This server's choice")).to_be_checked()
    expect(form.get_by_role("button", name="Test")).to_be_hidden()
    way(form, "A vendor, with your key").check()
    key = form.get_by_label("Key", exact=True)
    expect(key).to_have_attribute("type", "password")
    key.fill("sk-wrong")
    form.get_by_role("button", name="Test").click()
    expect(form.get_by_role("status")).to_have_text("The vendor does not accept this key.")
    key.fill("sk-right")
    form.get_by_role("button", name="Test").click()
    expect(form.get_by_role("status")).to_contain_text("Works; it answered in")
    model.refusals = [{"field": "name", "message": "There is no such model."}]
    form.get_by_role("group", name="A vendor").get_by_label("Model").fill("claude-sonnet-9")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("group", name="A vendor").get_by_label("Model")).to_be_focused()
    expect(form).to_contain_text("There is no such model.")
    model.then = CLAUDE
    form.get_by_role("group", name="A vendor").get_by_label("Model").fill("claude-sonnet-5-5")
    form.get_by_role("button", name="Save").press("Enter")
    expect(now(page)).to_contain_text("Claude (Anthropic)")
    expect(now(page)).to_be_focused()
    assert page.locator("input[type=password]").evaluate_all("all => all.map((each) => each.value)") == ["", ""]
    assert "sk-right" not in page.content()
    assert model.asked == [
        ("try", {"name": NAME, "key": "sk-wrong"}),
        ("try", {"name": NAME, "key": "sk-right"}),
        ("choose", {"name": "anthropic:claude-sonnet-9", "key": "sk-right"}),
        ("choose", {"name": NAME, "key": "sk-right"}),
    ]


def test_a_key_that_is_kept_is_not_asked_for_again(web: Web, account: Account) -> None:
    model = Model(CLAUDE)
    page = model.open(web, account)
    form = choose(page)
    expect(way(form, "A vendor, with your key")).to_be_checked()
    expect(form.get_by_label("Key", exact=True)).to_have_value("")
    kept = "A key is kept. Leave this empty to go on with it."
    expect(form.get_by_label("Key", exact=True)).to_have_accessible_description(kept)
    form.get_by_role("group", name="A vendor").get_by_label("Model").fill("claude-opus-5")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    assert model.asked == [("choose", {"name": "anthropic:claude-opus-5"})]


def test_a_server_of_ones_own_and_back_to_what_the_server_has(web: Web, account: Account) -> None:
    model = Model(told())
    page = model.open(web, account)
    form = choose(page)
    way(form, "A server of your own").check()
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_label("Address")).to_be_focused()  # the browser says what is missing
    form.get_by_label("Address").fill(OLLAMA)
    form.get_by_role("group", name="A server").get_by_label("Model").fill("llama3.2")
    local = {"name": "llama3.2", "label": "llama3.2", "offline": False, "base_url": OLLAMA}
    model.then = told(local)
    form.get_by_role("button", name="Save").click()
    expect(now(page)).to_contain_text(f"at {OLLAMA}")
    form = choose(page)
    expect(form.get_by_label("Address")).to_have_value(OLLAMA)
    way(form, "This server's choice").check()
    model.then = told()
    form.get_by_role("button", name="Save").click()
    expect(now(page)).to_contain_text(BUILT_IN)
    form = choose(page)
    way(form, BUILT_IN).check()
    model.then = told({})
    form.get_by_role("button", name="Save").click()
    expect(now(page)).to_contain_text("chosen by you")
    chosen = [body for _, body in model.asked]
    assert chosen == [{"name": "llama3.2", "base_url": OLLAMA}, {"name": None}, {"name": "offline"}]


def test_who_may_not_name_servers_is_not_asked_for_one(web: Web, account: Account) -> None:
    form = choose(Model(told(may_name_servers=False)).open(web, account))
    expect(way(form, "A vendor, with your key")).to_be_visible()
    expect(way(form, "A server of your own")).to_have_count(0)


def test_a_vendor_whose_library_is_missing_says_so(web: Web, account: Account) -> None:
    form = choose(Model(told()).open(web, account))
    way(form, "A vendor, with your key").check()
    form.get_by_label("Vendor", exact=True).select_option("Mistral")
    expect(form).to_contain_text("The library is not installed.")
    form.get_by_label("Vendor", exact=True).select_option("Anthropic")
    expect(form).not_to_contain_text("The library is not installed.")


def test_what_was_found_is_offered_and_taken_at_a_click(web: Web, account: Account) -> None:
    ollama = {"base_url": OLLAMA, "source": "ollama"}
    found = [{"name": f"ollama:{name}", "label": f"{name} (Ollama)"} | ollama for name in ("llama3.2", "qwen3")]
    key = {"name": NAME, "label": "Claude (Anthropic)", "base_url": None, "source": "environment"}
    model = Model(told(offers=[*found, key]))
    page = model.open(web, account)
    offers = page.locator(".offer")
    expect(offers).to_have_count(2)
    expect(offers.first).to_contain_text("A key for Claude (Anthropic) is in the server's environment.")
    offers.last.get_by_label("Model").select_option("qwen3 (Ollama)")
    offers.last.get_by_role("button", name="Use it").click()
    expect(now(page)).to_be_focused()
    model.then = CLAUDE
    page.get_by_role("button", name="Use Claude (Anthropic)").click()
    expect(now(page)).to_contain_text("Claude (Anthropic)")
    chosen = [body for _, body in model.asked]
    assert chosen == [{"name": "ollama:qwen3", "base_url": OLLAMA}, {"name": NAME}]
    one = Model(told(offers=found[:1])).open(web, account)
    expect(one.get_by_role("button", name="Use llama3.2 (Ollama)")).to_be_visible()


def test_that_a_test_is_under_way_can_be_seen(web: Web, account: Account) -> None:
    model = Model(CLAUDE)
    page = model.open(web, account, hold=True)
    form = choose(page)
    form.get_by_role("button", name="Test").click()
    expect(form.locator(".working")).to_have_text("Asking the model1 s")
    form.get_by_role("button", name="Test").click(force=True)
    form.get_by_role("button", name="Save").click(force=True)
    assert len(model.held) == 1
    assert model.asked == []
    model.held[0].fulfill(json={"works": True, "problem": None})
    expect(form.get_by_role("status")).to_contain_text("Works")
    expect(form.locator(".working")).to_have_count(0)


def test_what_a_conversation_cost_stands_below_it(web: Web, account: Account) -> None:
    def dear(route: Route) -> None:
        usage = {"requests": 2, "input_tokens": 12_000, "output_tokens": 300, "cost": 0.0412}
        route.fulfill(json=route.fetch().json() | {"usage": usage})

    context = web.context(account)
    page = web.page(context, account.url)
    page.locator("#composer").wait_for()
    expect(page.locator(".cost")).to_be_empty()
    context.route("**/threads/*", dear)
    say(page, "hello")
    answered(page, "hello")
    expect(page.locator(".cost")).to_have_text("12,300 tokens · about $0.04")
    page.get_by_role("link", name="New conversation").first.click()
    expect(page.locator(".cost")).to_be_empty()


REFUSALS = {
    "budget_spent": "Your tokens for today are spent. This message is kept here; it can be sent again in 10 hours.",
    "turns_at_once": "Too many of your conversations are being answered at once.",
}


@pytest.mark.parametrize(("code", "words"), REFUSALS.items())
def test_a_message_that_is_refused_for_longer_is_kept_until_it_is_sent(
    web: Web, page: Page, account: Account, code: str, words: str
) -> None:
    web.expected += ["429", "404"]
    refusing = [True]

    def refuse(route: Route) -> None:
        if not refusing[0]:
            return route.fallback()
        error = {"error": code, "message": "no", "retry_after": 36_000, "details": {"retry_after": 36_000}}
        return route.fulfill(status=429, headers={"Retry-After": "36000"}, json=error)

    page.context.route("**/chat/stream", refuse)
    say(page, "remember the milk")
    expect(page.locator(".failed")).to_contain_text(words)
    expect(page.locator("#banner")).to_be_hidden()
    page.reload()
    expect(page.locator(".failed")).to_contain_text(words)
    expect(page.locator(".message.is-user .bubble")).to_have_text(["remember the milk"])
    refusing[0] = False
    page.locator(".failed").get_by_role("button", name="Try again").click()
    answered(page, "remember the milk")
    expect(page.locator(".failed")).to_have_count(0)
    page.reload()
    expect(page.locator(".message.is-user .bubble")).to_have_text(["remember the milk"])
    expect(page.locator(".failed")).to_have_count(0)


@pytest.fixture
def anthropic(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """What Anthropic is in these tests. Its library is imported before a page waits for it."""
    chosen_source(NAME, None, "key")
    with model_server("Here is one.") as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        yield server


def test_a_vendor_answers_by_a_key_that_the_page_never_sees_again(
    web: Web, start_server: StartServer, anthropic: ModelServer
) -> None:
    owner = Account(start_server(), "")
    page = web.open(owner, "/#/settings")
    form = choose(page)
    way(form, "A vendor, with your key").check()
    form.get_by_label("Key", exact=True).fill("sk-canary")
    anthropic.status = 401
    form.get_by_role("button", name="Test").click()
    expect(form.get_by_role("status")).to_contain_text("key")
    anthropic.status = 200
    form.get_by_role("button", name="Test").click()
    expect(form.get_by_role("status")).to_contain_text("Works")
    expect(now(page)).to_contain_text(BUILT_IN)  # nothing was chosen by trying
    form.get_by_role("button", name="Save").click()
    expect(now(page)).to_contain_text("claude-sonnet-5-5 (Anthropic)")
    page.reload()
    expect(now(page)).to_contain_text("your key is kept")
    form = choose(page)
    expect(form.get_by_label("Key", exact=True)).to_have_value("")
    assert "sk-canary" not in page.content()
    page.keyboard.press("Alt+n")
    say(page, "hello")
    answered(page, "Here is one.")
    expect(page.locator(".cost")).to_contain_text("120 tokens")
    assert anthropic.keys == {"sk-canary"}


def test_the_days_limit_is_told_and_the_message_kept(
    web: Web, start_server: StartServer, anthropic: ModelServer
) -> None:
    web.expected.append("429")
    owner = Account(start_server(tokens_per_day=100), "")
    owner.http.put("/me/model", json={"name": NAME, "key": "sk-canary"}).raise_for_status()
    page = web.open(owner)
    say(page, "hello")
    answered(page, "Here is one.")
    say(page, "and again")
    expect(page.locator(".failed")).to_contain_text("Your tokens for today are spent.")
    page.keyboard.press("Alt+Comma")
    expect(page.locator(".model-rows")).to_contain_text("120 of 100 tokens")
    form = choose(page)
    way(form, BUILT_IN).check()
    form.get_by_role("button", name="Save").click()
    expect(now(page)).to_contain_text(BUILT_IN)
    page.go_back()
    page.locator(".failed").get_by_role("button", name="Edit").click()
    expect(page.locator("#composer")).to_have_value("and again")
    expect(page.locator(".failed")).to_have_count(0)


def test_a_running_ollama_is_not_used_before_it_is_chosen(
    web: Web, start_server: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server() as ollama:
        ollama.models = ["qwen3:8b"]
        monkeypatch.setenv("OLLAMA_HOST", ollama.url.removeprefix("http://"))
        owner = Account(start_server(), "")
        page = web.open(owner, "/#/settings")
        use = page.get_by_role("button", name="Use qwen3:8b (Ollama)")
        expect(use).to_be_visible()
        assert {path for path, _, _ in ollama.asked} == {"/api/tags"}
        use.press("Enter")
        expect(now(page)).to_contain_text(f"at {ollama.url}/v1")
        assert owner.http.get("/me/model").json()["model"]["name"] == "ollama:qwen3:8b"
