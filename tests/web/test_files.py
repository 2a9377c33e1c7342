"""What is shipped: the languages say the same, the page is small, and nothing comes from elsewhere."""

import json
import re
from pathlib import Path
from typing import get_args

from tests.conftest import Server

import sayso
from sayso.identity import audit

STATIC = Path(sayso.__file__).parent / "web" / "static"
MODULES = sorted((STATIC / "js").rglob("*.js"))
LINKED = "https://console.cloud.google.com"
"""To which a link leads; nothing comes from there."""
TYPE = re.compile(r"/\*\* @type [^*]*\*/ ?")
EXAMPLE = "http://127.0.0.1:11434/v1"  # what a field asks for
CATALOGS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (STATIC / "i18n").glob("*.json")}


def test_every_language_has_every_message() -> None:
    english = CATALOGS["en"]
    for language, catalog in CATALOGS.items():
        assert catalog.keys() == english.keys(), language
        for key, message in catalog.items():
            assert _holes(message) == _holes(english[key]), (language, key)


def test_every_message_is_there_and_used() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    for key in re.findall(r"""\bt\(\s*"([\w.]+)\"""", source):
        assert key in CATALOGS["en"], key
    stems = set(re.findall(r"""[`"]([\w.]+\.)\$\{""", source))  # t(`plan.state.${status}`)
    for key in CATALOGS["en"].keys() - {"language", "direction"}:
        assert f'"{key}"' in source or any(key.startswith(stem) for stem in stems), key


def test_every_kind_of_audit_line_has_a_sentence() -> None:
    assert {f"audit.kind.{kind}" for kind in get_args(audit.Kind)} <= CATALOGS["en"].keys()


def test_scripts_and_styles_are_small(shared_server: Server) -> None:
    client = shared_server.anonymous()
    answers = [client.get(f"/static/{part}") for part in _named()]
    assert all(answer.headers["content-encoding"] == "gzip" for answer in answers if len(answer.content) > 1000)
    assert 30_000 < sum(answer.num_bytes_downloaded for answer in answers) < 106_000


def test_scripts_are_sent_without_their_notes(shared_server: Server) -> None:
    client = shared_server.anonymous()
    for path in MODULES:
        answer = client.get(f"/static/{path.relative_to(STATIC).as_posix()}")
        source, sent = (text.splitlines() for text in (path.read_text(encoding="utf-8"), answer.text))
        assert len(sent) == len(source)  # an error names the right line
        changed = [(line, now) for line, now in zip(source, sent, strict=True) if line != now]
        assert all(line.strip().startswith(("/**", "*")) or TYPE.sub("", line) == now for line, now in changed), path
        again = client.get(answer.url.path, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


def test_the_page_names_every_part_so_that_none_waits_for_another() -> None:
    named = _named()
    parts = {path.relative_to(STATIC).as_posix() for path in [*MODULES, *(STATIC / "css").glob("*.css")]}
    assert named == parts - {"js/types.js"} | {"theme.js"}


def test_nothing_comes_from_elsewhere() -> None:
    for path in [*STATIC.rglob("*.*"), STATIC.parent / "index.html"]:
        for address in re.findall(r"""https?://[^\s"'`)]+""", path.read_text(encoding="utf-8")):
            assert address in ("http://www.w3.org/2000/svg", EXAMPLE, LINKED), (path, address)


def test_nothing_is_inline() -> None:
    page = (STATIC.parent / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)
    for path in MODULES:
        assert not re.search(r"innerHTML|insertAdjacentHTML|outerHTML|\beval\(", path.read_text(encoding="utf-8")), path


def _named() -> set[str]:
    """The scripts and styles that the page names."""
    page = (STATIC.parent / "index.html").read_text(encoding="utf-8")
    return set(re.findall(r'(?:href|src)="/static/([\w/-]+\.(?:js|css))"', page))


def _holes(message: str | dict[str, str]) -> set[str]:
    forms = message.values() if isinstance(message, dict) else [message]
    return {hole for form in forms for hole in re.findall(r"\{\w+\}", form)}
