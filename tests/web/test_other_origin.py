"""A front end on another origin, in a real browser: signs in by redirect and by fetch, and uses all of the API.

On the same site the cookie is `Lax`, over http, too; on another site it is `None; Secure`, over https.
"""

import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.conftest import ZONE, Server
from tests.web.conftest import CHROMIUM, FLAGS, Web

from sayso.base.faults import no_fault
from sayso.cli.serve import listen
from sayso.settings import Settings
from sayso.store.datadir import STORE_FILE

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
RECIPE = (
    DOCS.read_text(encoding="utf-8")
    .partition("### A front end on another origin")[2]
    .split("```")[1]
    .removeprefix("js")
)
SITES = {
    "another port": ("http://localhost", "http://localhost", "Lax"),
    "a subdomain": ("http://sayso.front.test", "http://front.test", "Lax"),
    "another site": ("https://sayso.test", "https://front.test", "None"),
}


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<!doctype html><link rel="icon" href="data:,"><title>Front end</title>')

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Pair:
    """A server, and the origins of its own pages and of the front end."""

    server: Server
    own: str
    front: str
    same_site: str


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a certificate that nobody trusts."""
    openssl, folder = shutil.which("openssl"), tmp_path_factory.mktemp("tls")
    if openssl is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have openssl")
        pytest.skip("no openssl on this machine")
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test", "-days", "2"]
    command = [openssl, "req", "-x509", *made, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return key, cert


@pytest.fixture(params=SITES)
def pair(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Iterator[Pair]:
    own, front, same_site = SITES[request.param]
    elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    options: dict[str, Any] = {}
    if own.startswith("https"):
        key, cert = request.getfixturevalue("certificate")
        options = {"ssl_keyfile": str(key), "ssl_certfile": str(cert)}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        elsewhere.socket = context.wrap_socket(elsewhere.socket, server_side=True)
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    listener = listen("127.0.0.1", 0)
    own, front = f"{own}:{listener.getsockname()[1]}", f"{front}:{elsewhere.server_port}"
    shutil.copy(migrated, tmp_path / STORE_FILE)
    settings = Settings(data_dir=tmp_path, timezone=ZONE, public_url=own, allowed_origins=[front])
    server = Server(settings, None, no_fault, listener=listener, **options)
    yield Pair(server, own, front, same_site)
    server.stop()
    elsewhere.shutdown()
    elsewhere.server_close()


@pytest.fixture
def page(pair: Pair, web: Web, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The front end, not signed in."""
    web.expected += ["Cross-Origin-Opener-Policy header has been ignored"]  # which plain http does not have
    if pair.same_site == "Lax":
        yield web.page(web.context(None), f"{pair.front}/")
        return
    # Private windows, which contexts are, keep no cookies of other sites; nor do browsers that block them all.
    preferences = tmp_path / "profile" / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text('{"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": false}}')
    profile = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=CHROMIUM, args=FLAGS, ignore_https_errors=True
    )
    yield web.page(profile, f"{pair.front}/")
    profile.close()


def link(pair: Pair) -> str:
    return pair.server.link().replace(pair.server.url, pair.own)


def check_cookie(page: Page, pair: Pair) -> None:
    [cookie] = [cookie for cookie in page.context.cookies() if cookie["name"] == "session_id"]
    assert (cookie["sameSite"], cookie["secure"]) == (pair.same_site, pair.own.startswith("https"))


USE = """
async (own) => {
  const seen = {};
  const call = async (method, path, body, headers = {}) => {
    const answer = await fetch(own + path, {
      method, credentials: "include", body: body && JSON.stringify(body),
      headers: { ...(body ? { "Content-Type": "application/json" } : {}), ...headers },
    });
    return [answer, answer.status === 204 ? null : await answer.clone().text()];
  };
  const json = async (...request) => JSON.parse((await call(...request))[1]);
  seen.user = (await json("GET", "/auth/session")).user.email;
  const said = { user_message: "Add a task to call the bank" };
  const named = { "Idempotency-Key": "front-1", "X-Request-ID": "front-end-0001" };
  const [first, text] = await call("POST", "/chat", said, named);
  const names = ["X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];
  seen.headers = names.map((name) => first.headers.get(name));
  const { thread_id, plan } = JSON.parse(text);
  seen.again = (await json("POST", "/chat", said, named)).thread_id === thread_id;
  const edits = { [plan.actions[0].id]: { title: "Call Ana" } };
  seen.edited = (await json("PATCH", `/plans/${plan.id}`, { edits })).status;
  seen.cancelled = (await json("POST", "/chat/cancel", { thread_id })).status;
  const [stream, events] = await call("POST", "/chat/stream", { user_message: "hello", thread_id });
  seen.streamed = events.includes("event: complete");
  const id = /^id: (\\d+)$/m.exec(events)[1];
  const [, rest] = await call("GET", `/chat/stream?thread_id=${thread_id}`, null, { "Last-Event-ID": id });
  seen.resumed = rest.includes("event: complete") && !rest.includes(`id: ${id}\\n`);
  await call("POST", "/chat/message", { user_message: "hello again", thread_id });
  seen.source = await new Promise((resolve) => {
    const source = new EventSource(`${own}/chat/stream?thread_id=${thread_id}`, { withCredentials: true });
    source.addEventListener("complete", (event) => {
      source.close();
      resolve(JSON.parse(event.data).data.response.length > 0);
    });
    source.onerror = () => resolve("error");
  });
  const [file] = await call("GET", "/me/export");
  seen.file = file.headers.get("Content-Disposition");
  seen.deleted = (await call("DELETE", `/threads/${thread_id}`))[0].status;
  const gone = await json("GET", `/threads/${thread_id}`);
  seen.gone = gone.error;
  return seen;
}
"""


BEGIN = """
async (link) => {
  const begun = await fetch(link, { credentials: "include", headers: { Accept: "application/json" } });
  return (await begun.json()).authorization_url;
}
"""


TRY = """
(own) => {
  const json = { body: "{}", headers: { "Content-Type": "application/json" } };
  const requests = [["/threads", {}], ["/chat", { method: "POST", ...json }]];
  const sent = ([path, options]) => fetch(own + path, { credentials: "include", ...options });
  return Promise.all(requests.map((request) => sent(request).then(() => "read", () => "refused")));
}
"""


def test_a_front_end_signs_in_and_uses_the_api(pair: Pair, page: Page, web: Web) -> None:
    web.expected += ["404", "CORS", "ERR_FAILED"]  # of the thread that is gone; of the origin that is not allowed
    page.goto(f"{link(pair)}&redirect={pair.front}/chat%3Fa%3D1")
    expect(page).to_have_url(f"{pair.front}/chat?a=1")
    check_cookie(page, pair)
    seen = page.evaluate(USE, pair.own)
    request_id, *limits = seen.pop("headers")
    assert request_id == "front-end-0001"
    assert all(value.isdigit() for value in limits)
    assert seen == {
        "user": "me@sayso.local", "again": True, "edited": "pending", "cancelled": "cancelled", "streamed": True,
        "resumed": True, "source": True, "file": 'attachment; filename="sayso-export.json"', "deleted": 204,
        "gone": "not_found",
    }  # fmt: skip

    proposed = page.evaluate(f"async (sayso) => {{ {RECIPE}; return proposed; }}", pair.own)
    assert proposed["plan"]["actions"][0]["tool"] == "create_task"
    expect(page.locator("body")).to_contain_text(proposed["response"][:20])

    page.context.clear_cookies()
    page.goto(page.evaluate(BEGIN, f"{link(pair)}&redirect={pair.front}/"))
    expect(page).to_have_url(f"{pair.front}/")
    check_cookie(page, pair)
    asked = "async (own) => (await fetch(`${own}/auth/session`, { credentials: 'include' })).status"
    assert page.evaluate(asked, pair.own) == 200

    page.goto(pair.front.replace("front.test", "evil.test").replace("//localhost", "//evil.test"))
    assert page.evaluate(TRY, pair.own) == ["refused", "refused"]
