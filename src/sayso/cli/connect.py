"""`sayso connect`: the accounts of whoever is signed in at a server, over the public HTTP API, as the page has them."""

import contextlib
import getpass
import sys
import webbrowser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import typer
from rich.console import Console
from rich.text import Text

from sayso.cli import present
from sayso.cli.chat import Lines
from sayso.cli.client import Answer, Api, Json, SignInFailed, Unreachable, is_loopback, origin
from sayso.cli.connection import Connection
from sayso.cli.signin import CookieFile, SignIn, login_link
from sayso.identity.providers.local import PROVIDER

ROLES = ("sent", "drafts", "trash", "archive", "junk")
"""Folders of special use that may be named."""
_HOW = {"oauth": "in a browser", "password": "by a password", "here": "at once"}


class NotDone(Exception):
    """What was asked for was not done: one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is signed in at a server."""

    api: Api
    console: Console
    connection: Connection
    ask: Callable[[str], str | None]
    provider: str

    def say(self, line: str, style: str = "") -> None:
        self.console.print(Text(present.safe(line), style), soft_wrap=True)

    def send(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Raises NotDone with what the server says."""
        answer = self.connection.send(method, path, body)
        if not answer.ok:
            raise NotDone(answer.message)
        return answer


@contextlib.contextmanager
def session(url: str, link: str | None) -> Iterator[Session]:
    """Sign in at the server, as `sayso chat` does. Raises typer.Exit, having said why."""
    console, lines, cookies = present.terminal(), Lines(), CookieFile()
    try:
        address = origin(link or url)
        with contextlib.closing(Api(address, cookies.read(address))) as api:
            sign_in = SignIn(cookies, lambda text: console.print(Text(text, "dim")), lines.ask)
            who = sign_in.begin(api, link)
            yield Session(api, console, Connection(api, console, sign_in.again), lines.ask, str(who.get("provider")))
    except (NotDone, SignInFailed, Unreachable) as error:
        console.print(Text(f"! {present.safe(error)}", "red"))
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def show(here: Session) -> None:
    """List the accounts, how each stands, and what can be connected."""
    body = here.send("GET", "/accounts").body
    labels = {each["kind"]: each["label"] for each in body["kinds"]}
    for account in body["accounts"]:
        _show_one(here, account, labels)
    if not body["accounts"]:
        here.say("No account is connected.")
    kinds = ", ".join(f"{each['kind']} ({each['label']}, {_HOW[each['how']]})" for each in body["kinds"])
    here.say(f"What can be connected: {kinds}.", "dim")


def add(here: Session, kind: str, again: str, serves: str, given: Json) -> None:
    """Connect an account of that kind, or with `again` that one anew. `given`: of the body of POST /accounts. Raises
    NotDone."""
    body = here.send("GET", "/accounts").body
    known = {each["kind"]: each for each in body["kinds"]}
    if kind not in known:
        raise NotDone(f"No accounts of the kind {kind} can be connected here. There are: {', '.join(known)}.")
    how = known[kind]["how"]
    if how == "oauth":
        _in_browser(here, kind, {"account": again, "serves": serves})
        return
    if how == "password":
        address = given.get("address") or here.ask("Your e-mail address: ")
        given = {**given, "address": address, "password": _password(f"Password of {address or 'the account'}: ")}
    made = here.send("POST", "/accounts", {name: value for name, value in {**given, "kind": kind}.items() if value})
    _show_one(here, made.body, {each["kind"]: each["label"] for each in body["kinds"]})


def change(here: Session, account: str, changes: Json) -> None:
    """Raises NotDone."""
    if not changes:
        raise NotDone("Say what to change: --label, --serves or --default-for.")
    labels = {each["kind"]: each["label"] for each in here.send("GET", "/accounts").body["kinds"]}
    _show_one(here, here.send("PATCH", f"/accounts/{quote(account, safe='')}", changes).body, labels)


def remove(here: Session, account: str, delete_data: bool, agreed: Callable[[str], bool]) -> None:
    """Raises NotDone."""
    found = {each["id"]: each for each in here.send("GET", "/accounts").body["accounts"]}
    if account not in found:
        raise NotDone(f"There is no account {account}. There are: {', '.join(found) or 'none'}.")
    also = " with everything of yours in it" if delete_data else ""
    if not agreed(f"Remove {present.one_line(found[account]['label'])}{also}?"):
        raise NotDone("Nothing was removed.")
    answer = here.send("DELETE", f"/accounts/{quote(account, safe='')}{'?data=delete' if delete_data else ''}")
    here.say(str(answer.body.get("message") or "Removed."))


def mail_server(text: str) -> Json:
    """HOST:PORT, with implicit TLS, or with `:starttls` or `:none` behind it. Raises NotDone."""
    parts = text.rsplit(":", 2)
    tls = parts.pop() if parts[-1] in ("implicit", "starttls", "none") else "implicit"
    host, _, port = ":".join(parts).rpartition(":")
    if not host or not port.isdecimal():
        raise NotDone(f"{text!r} is no mail server: say HOST:PORT, HOST:PORT:starttls, or HOST:PORT:none.")
    return {"host": host, "port": int(port), "tls": tls}


def _in_browser(here: Session, kind: str, query: Json) -> None:
    """Lead to the provider from a browser that is signed in: only there it can end."""
    asked = urlencode({name: value for name, value in query.items() if value})
    path = f"/accounts/{kind}/connect{f'?{asked}' if asked else ''}"
    address = f"{here.api.url}{path}"
    if here.provider == PROVIDER and is_loopback(here.api.url) and (link := login_link()):
        made = urlsplit(link)
        if made.port == urlsplit(here.api.url).port:
            address = f"{here.api.url}{made.path}?{made.query}&redirect={quote(path, safe='')}"
    here.say("Go on in a browser in which you are signed in to Sayso:")
    here.say(address)
    if sys.stdout.isatty():
        webbrowser.open(address)
    here.say("When you are done there, `sayso connect` lists the account.", "dim")


def _password(prompt: str) -> str:
    """What is typed without being shown; from a pipe, its next line."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _show_one(here: Session, account: Json, labels: Json) -> None:
    called, address = present.one_line(account["label"]), present.one_line(account["address"])
    kind = labels.get(account["kind"], account["kind"])
    what = ", ".join(dict.fromkeys(each for each in (called, address, kind) if each))
    here.say(f"{account['id']}  {what}: {', '.join(account['serves'])}", "bold")
    if account["default_for"]:
        here.say(f"    New things are made here: {', '.join(account['default_for'])}.")
    if account["state"] == "unreachable":
        here.say(f"    It has not answered since {account['since']}.", "yellow")
    if account["state"] == "reconnect_needed":
        again = f"sayso connect add {account['kind']}"
        here.say(f"    It has to be connected again: {again} --again {account['id']}", "yellow")
    for check in account["checks"]:
        if not check["works"]:
            here.say(f"    {check['name']}: {present.one_line(check['message'])}", "yellow")


def servers_of(
    caldav: str | None, carddav: str | None, imap: str | None, smtp: str | None, folders: Iterable[str]
) -> dict[str, Any] | None:
    """The `servers` of POST /accounts. Raises NotDone."""
    mail = {name: mail_server(text) for name, text in (("imap", imap), ("smtp", smtp)) if text}
    called = {role.strip(): name.strip() for role, _, name in (each.partition("=") for each in folders)}
    if not all(name and role in ROLES for role, name in called.items()):
        raise NotDone(f"Say which folder is called what, as --folder sent=Outbox, of {', '.join(ROLES)}.")
    given = {"caldav": caldav, "carddav": carddav, **mail, "folders": called}
    return {name: each for name, each in given.items() if each} or None
