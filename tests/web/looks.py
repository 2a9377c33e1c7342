"""One state of a page, looked at in every size and both themes."""

from itertools import product
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from tests.web.conftest import SIZES

THEMES = ("light", "dark")
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def faults(page: Page, sizes: tuple[str, ...] = tuple(SIZES)) -> dict[str, list[str]]:
    """What axe finds, and whether one has to scroll sideways, by look. The page is not loaded anew for it."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    before = page.viewport_size
    found = {f"{size} {theme}": _look(page, size, theme) for size, theme in product(sizes, THEMES)}
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before or {"width": 1440, "height": 900})
    return {look: problems for look, problems in found.items() if problems}


def _look(page: Page, size: str, theme: str) -> list[str]:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="light" if theme == "light" else "dark")
    found: list[dict[str, Any]] = page.evaluate("(rules) => axe.run(rules).then((found) => found.violations)", _RULES)
    problems = [f"{rule['id']}: {[node['html'][:200] for node in rule['nodes']]}" for rule in found]
    sideways: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return problems + ([f"wider than the window by {sideways} px"] if sideways > 0 else [])
