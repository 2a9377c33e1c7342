"""What is shipped: the languages say the same, the page is small, and nothing comes from elsewhere."""

import gzip
import json
import re
from pathlib import Path

import sayso

STATIC = Path(sayso.__file__).parent / "web" / "static"
MODULES = sorted((STATIC / "js").rglob("*.js"))
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


def test_scripts_and_styles_are_small() -> None:
    files = [*MODULES, *(STATIC / "css").glob("*.css"), STATIC / "theme.js"]
    compressed = len(gzip.compress(b"".join(path.read_bytes() for path in files)))
    assert compressed < 50_000, compressed


def test_the_page_names_every_part_so_that_none_waits_for_another() -> None:
    page = (STATIC.parent / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:href|src)="/static/([\w/-]+\.(?:js|css))"', page))
    parts = {path.relative_to(STATIC).as_posix() for path in [*MODULES, *(STATIC / "css").glob("*.css")]}
    assert named == parts - {"js/types.js"} | {"theme.js"}


def test_nothing_comes_from_elsewhere() -> None:
    for path in [*STATIC.rglob("*.*"), STATIC.parent / "index.html"]:
        for address in re.findall(r"""https?://[^\s"'`)]+""", path.read_text(encoding="utf-8")):
            assert address == "http://www.w3.org/2000/svg", (path, address)


def test_nothing_is_inline() -> None:
    page = (STATIC.parent / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)
    for path in MODULES:
        assert not re.search(r"innerHTML|insertAdjacentHTML|outerHTML|\beval\(", path.read_text(encoding="utf-8")), path


def _holes(message: str | dict[str, str]) -> set[str]:
    forms = message.values() if isinstance(message, dict) else [message]
    return {hole for form in forms for hole in re.findall(r"\{\w+\}", form)}
