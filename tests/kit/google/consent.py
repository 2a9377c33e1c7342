"""Sign-in at the fake: an OpenID Connect issuer whose access tokens open accounts of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
from tests.kit.google.fake import ANA, Google
from tests.kit.google.server import google
from tests.kit.issuer import CLIENT_ID, SECRET, Issuer, callback, issuer_in_thread

from sayso.base.clock import Clock

PAGE = {"Accept": "text/html"}


@dataclass
class AtGoogle:
    """`granted`: the access tokens that were given, the newest last."""

    api: Google
    issuer: Issuer
    granted: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """Of a server that knows it, as SAYSO_… in small letters."""
        return {
            "google_api_url": self.api.url,
            "oidc_google_issuer": self.issuer.url,
            "oidc_google_client_id": CLIENT_ID,
            "oidc_google_client_secret": SECRET,
        }

    def connect(
        self,
        client: httpx2.Client,
        email: str = ANA,
        without: Sequence[str] = (),
        **asked: str,
    ) -> str:
        """The path at which the browser of `client` ends, once the person has allowed what was asked for but for the
        scopes whose names end like `without`. `asked`: of the way there."""
        begun = client.get("/accounts/google/connect", params=asked, headers=PAGE)
        assert begun.status_code == 302, begun.text
        url = begun.headers["location"]
        scopes = httpx2.URL(url).params["scope"].split()
        allowed = [each for each in scopes if not any(each.endswith(name) for name in without)]
        self.renews(email, allowed)
        back = self.issuer.grant(url, sub=f"sub of {email}", email=email, email_verified=True, name="Ana")
        ended = client.get(callback("", "google", back), headers=PAGE)
        return str(ended.headers["location"])

    def renews(self, email: str, scopes: Sequence[str]) -> str:
        """Another access token, which the issuer gives from now on."""
        access, refresh = self.api.grant(scopes, email), f"refresh {email}"
        self.granted.append(access)
        told = {"access_token": access, "refresh_token": refresh, "scope": " ".join(scopes)}
        self.issuer.token, self.issuer.refresh_tokens = told, {*self.issuer.refresh_tokens, refresh}
        return access

    def revoke(self) -> None:
        """The person takes back what he allowed: no token is good any more."""
        for token in self.granted:
            self.api.expire(token)
        self.granted.clear()
        self.issuer.refresh_tokens = set()


@contextmanager
def at_google(clock: Clock | None = None) -> Iterator[AtGoogle]:
    with google(clock) as api, issuer_in_thread() as issuer:
        yield AtGoogle(api, issuer)
