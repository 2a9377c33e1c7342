"""A Google of its own for each test, that holds every request and answer to Google's own descriptions."""

from collections.abc import Iterator

import httpx2
import pytest
from tests.kit.google.fake import ANA, Google
from tests.kit.google.server import google as serving

BOB = "bob@example.test"


@pytest.fixture
def google() -> Iterator[Google]:
    """A test that breaks the contract on purpose takes the violations with `took`."""
    with serving() as fake:
        yield fake
    assert fake.violations == []


def signed_in(google: Google, email: str) -> httpx2.Client:
    bearer = {"Authorization": f"Bearer {google.grant(email=email)}"}
    return httpx2.Client(base_url=google.url, headers=bearer, timeout=30, trust_env=False, verify=False)


@pytest.fixture
def ana(google: Google) -> Iterator[httpx2.Client]:
    """May do everything, as ana@example.test."""
    with signed_in(google, ANA) as client:
        yield client


@pytest.fixture
def bob(google: Google) -> Iterator[httpx2.Client]:
    """The same as bob@example.test."""
    with signed_in(google, BOB) as client:
        yield client
