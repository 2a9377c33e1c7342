"""A browser's own `EventSource` on the two-step form: the line is cut in mid-answer, and it goes on by itself."""

from playwright.sync_api import Page, expect
from tests.web.conftest import Account, Web
from tests.web.proxy import Proxy
from tests.web.puppet import Puppet

# What comes is kept in `seen`; the last event's type and the connection's state stand on the root element, to wait for.
LISTEN = """
async (text) => {
  const { thread_id } = await (await fetch("/chat/message", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user_message: text }),
  })).json();
  const told = document.documentElement.dataset;
  window.seen = [];
  window.opened = 0;
  const source = new EventSource(`/chat/stream?thread_id=${thread_id}`);
  source.onopen = () => window.opened++;
  source.onerror = () => (told.state = ["connecting", "open", "closed"][source.readyState]);
  for (const type of ["connected", "node_start", "token", "node_end", "complete"])
    source.addEventListener(type, (event) => {
      window.seen.push([Number(event.lastEventId), JSON.parse(event.data)]);
      told.event = type;
    });
}
"""


def wait(page: Page, what: str, value: str) -> None:
    """A browser waits some seconds before it connects again."""
    expect(page.locator("html")).to_have_attribute(f"data-{what}", value)


def tokens(page: Page) -> list[str]:
    found: list[str] = page.evaluate("seen.filter(([, e]) => e.event_type === 'token').map(([, e]) => e.data.token)")
    return found


def test_a_cut_line_is_resumed_by_the_browser(web: Web, account: Account, proxy: Proxy, puppet: Puppet) -> None:
    web.expected += ["ERR_"]
    page = web.page(web.context(account), proxy.url)
    puppet.gate.clear()
    page.evaluate(LISTEN, "one two three four five six")
    wait(page, "event", "token")
    assert tokens(page) == ["one two three"]
    proxy.cut()
    wait(page, "state", "connecting")
    puppet.gate.set()
    proxy.mend()
    wait(page, "event", "complete")
    assert tokens(page) == ["one two three", " four five six"]
    assert page.evaluate("opened") == 2
    ids = page.evaluate("seen.map(([id]) => id)")
    assert ids == sorted(set(ids))
    assert page.evaluate("seen.at(-1)[1].data.response") == "one two three four five six"


def test_a_browser_stops_asking_when_there_is_nothing_more(page: Page) -> None:
    """The end of the answer makes an EventSource come again; 204 tells it to stop (WHATWG HTML, 9.2.3)."""
    page.evaluate(LISTEN, "hello")
    wait(page, "state", "closed")
    assert tokens(page) == ["he", "llo"]
