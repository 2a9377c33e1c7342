"""A worker that opens an account: it says when it waits for another, and in the end which access token it has."""

import asyncio
import sys

import httpx2

from sayso.base.clock import SystemClock
from sayso.base.errors import ProviderUnreachable
from sayso.base.ids import Ids
from sayso.identity.credentials import Credentials
from sayso.identity.keyring import Keyring
from sayso.identity.provider import GrantRevoked, Tokens
from sayso.store.engine import open_engine
from sayso.store.gateway import Store


class Remote:
    """A provider's token endpoint, as JSON."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=60)

    async def refresh(self, refresh_token: str, scopes: frozenset[str] = frozenset()) -> Tokens:
        answer = await self._http.post("/", content=refresh_token)
        if answer.status_code == 400:
            raise GrantRevoked
        if answer.is_error:
            raise ProviderUnreachable
        return Tokens(answer.json()["access"], answer.json()["refresh"], None, frozenset())

    async def revoke(self, token: str) -> bool:
        return False


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def waiting(seconds: float) -> None:
    say("waits")
    await asyncio.sleep(seconds)


async def main(store: Store, key: str, url: str) -> None:
    credentials = Credentials(store, Keyring(lambda: [key]), {"rig": Remote(url)}, SystemClock(), Ids(), sleep=waiting)
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    say(await credentials.access_token("usr_ana", "acc_1", "rig"))


if __name__ == "__main__":
    opened = Store(open_engine(sys.argv[1]))
    asyncio.run(main(opened, sys.argv[2], sys.argv[3]))
    opened.close()
