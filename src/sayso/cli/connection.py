"""Requests as a person at a terminal wants them: waiting where the server asks to, signing in again where it must."""

import contextlib
import time
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from sayso.cli.client import Answer, Api, Json

LONGEST_WAIT = 90.0  # seconds that a 429 may ask for and still be waited out


class Connection:
    def __init__(
        self, api: Api, console: Console, sign_in: Callable[[Api], None], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._api, self._console, self._sign_in, self._sleep = api, console, sign_in, sleep

    def send(self, method: str, path: str, body: Json | None = None) -> Answer:
        """One request, sent again after a 429's wait or a new sign-in. Raises Unreachable or SignInFailed.

        Both answers mean that the first one did nothing, so that sending it again cannot do it twice.
        """
        answer = self._once(method, path, body)
        if answer.status == 429 and (wait := answer.retry_after or 1.0) <= LONGEST_WAIT:
            self._console.print(Text(f"Too many requests; going on in {wait:.0f} s.", "yellow"))
            self._sleep(wait)
            answer = self._once(method, path, body)
        if answer.status == 401:
            self._console.print(Text("Your sign-in has expired.", "yellow"))
            self._sign_in(self._api)
            answer = self._once(method, path, body)
        return answer

    def _once(self, method: str, path: str, body: Json | None) -> Answer:
        with self._console.status("…") if self._console.is_terminal else contextlib.nullcontext():
            return self._api.call(method, path, body)
