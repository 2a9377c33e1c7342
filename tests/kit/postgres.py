"""Scratch databases on the PostgreSQL of the machine."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

SERVER = os.environ.get("SAYSO_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@contextmanager
def scratch_database() -> Iterator[str | None]:
    """The address of an empty database, which goes afterwards; None where no server answers, an error in CI."""
    name = f"sayso_test_{uuid.uuid4().hex[:12]}"
    try:
        admin = psycopg.connect(SERVER.replace("+psycopg", ""), autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        if os.environ.get("CI"):
            raise
        yield None
        return
    with admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield f"{SERVER.rpartition('/')[0]}/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def need_client_tools() -> None:
    """Skip a test where pg_dump and pg_restore are missing; an error in CI."""
    if shutil.which("pg_dump") is None or shutil.which("pg_restore") is None:
        assert not os.environ.get("CI"), "pg_dump and pg_restore are missing"
        pytest.skip("no pg_dump and pg_restore")
