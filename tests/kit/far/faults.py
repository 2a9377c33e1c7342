"""What the far system does when it is called: apply the effect or not, and answer or raise."""

import asyncio
from typing import Any, NoReturn

from tests.kit.far.state import Behavior, Call

from sayso.workspace.errors import ObjectChanged, Refused, Unavailable, Uncertain


def slow(gate: asyncio.Event) -> Behavior:
    """Do it when the gate opens."""

    async def behave(call: Call) -> Any:
        await gate.wait()
        return call.apply()

    return behave


def late(seconds: float) -> Behavior:
    """Do it after a while."""

    async def behave(call: Call) -> Any:
        await asyncio.sleep(seconds)
        return call.apply()

    return behave


async def hang(call: Call) -> NoReturn:
    """Do nothing and never answer."""
    await asyncio.Future()
    raise AssertionError


async def apply_and_hang(call: Call) -> NoReturn:
    """Do it and never answer."""
    call.apply()
    await asyncio.Future()
    raise AssertionError


def unavailable(retry_after: float | None = None) -> Behavior:
    """Not reached; or, with `retry_after`, a 429."""

    async def behave(call: Call) -> NoReturn:
        call.far.failed.add(call.key)
        raise Unavailable("The calendar cannot be reached.", retry_after)

    return behave


async def refuse(call: Call) -> NoReturn:
    call.far.failed.add(call.key)
    raise Refused("The calendar does not allow this.")


async def expired_token(call: Call) -> NoReturn:
    call.far.failed.add(call.key)
    raise Refused("The sign-in to the calendar has expired; connect it again in the settings.")


async def changed(call: Call) -> NoReturn:
    call.far.failed.add(call.key)
    raise ObjectChanged("It was changed since you saw it; nothing was done.")


async def lose_before(call: Call) -> NoReturn:
    """The connection breaks before the effect, and nobody can tell."""
    call.far.failed.add(call.key)
    raise Uncertain("The connection broke.")


def lose_before_later(seconds: float) -> Behavior:
    """As `lose_before`, after a while."""

    async def behave(call: Call) -> NoReturn:
        await asyncio.sleep(seconds)
        await lose_before(call)

    return behave


async def lose_after(call: Call) -> NoReturn:
    """The effect happens and the connection breaks."""
    call.apply()
    raise Uncertain("The connection broke.")


async def crash_before(call: Call) -> NoReturn:
    """Something that no one expected, before the effect."""
    call.far.failed.add(call.key)
    raise RuntimeError("a bug in the provider")


async def crash_after(call: Call) -> NoReturn:
    """Something that no one expected, after the effect."""
    call.apply()
    raise RuntimeError("a bug in the provider")


async def time_out_after(call: Call) -> NoReturn:
    call.apply()
    raise TimeoutError


async def apply_twice(call: Call) -> Any:
    """A far system that breaks the contract: to see that the count notices."""
    call.apply()
    return call.apply()
