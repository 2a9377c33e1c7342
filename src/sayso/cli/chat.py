"""`sayso chat`: a conversation in the terminal over the public HTTP API."""

import contextlib
import sys
from io import TextIOWrapper

import typer
from rich.text import Text

from sayso.cli import present
from sayso.cli.client import Api, SignInFailed, Unreachable, origin
from sayso.cli.connection import Connection
from sayso.cli.dialogue import Chat
from sayso.cli.signin import CookieFile, SignIn

PROMPT = "› "


class Lines:
    """What the person types: with line editing at a terminal, else the lines of standard input, shown as typed."""

    def __init__(self) -> None:
        self._typed = sys.stdin.isatty() and sys.stdout.isatty()
        for stream in (sys.stdin, sys.stdout):
            if isinstance(stream, TextIOWrapper):  # one odd byte in a pipe is no reason to fail
                stream.reconfigure(errors="replace")
        if self._typed:
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401  (input() edits lines once it is loaded)

    def read(self) -> str | None:
        """The next line, or None at the end of the input."""
        if self._typed:
            return self.ask(PROMPT)
        line = sys.stdin.readline()
        if line.strip():
            print(f"{PROMPT}{present.one_line(line)}", flush=True)
        return line or None

    def ask(self, prompt: str) -> str | None:
        """A line typed at the terminal; None without one: the lines of a pipe are for the conversation."""
        if not self._typed:
            return None
        try:
            return input(prompt)
        except EOFError:
            print()
            return None


def chat(url: str, link: str | None = None, timezone: str | None = None) -> None:
    """Hold a conversation until the input ends. Raises typer.Exit: 1 for no server, no sign-in or, in a pipe, a
    request that failed."""
    console, lines, cookies = present.terminal(), Lines(), CookieFile()
    try:
        address = origin(link or url)
        with contextlib.closing(Api(address, cookies.read(address))) as api:
            sign_in = SignIn(cookies, lambda text: console.print(Text(text, "dim")), lines.ask)
            user = sign_in.begin(api, link).get("user", {})
            name = present.one_line(user.get("name") or user.get("email") or "")
            console.print(Text(f"Sayso at {address}, signed in as {name}. /help says how, Ctrl-D leaves.\n", "dim"))
            talk = Chat(Connection(api, console, sign_in.again), console, lines.read, timezone)
            talk.run()
    except (SignInFailed, Unreachable) as error:
        console.print(Text(f"! {present.safe(error)}", "red"))
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if talk.failed and not sys.stdin.isatty():
        raise typer.Exit(1)
