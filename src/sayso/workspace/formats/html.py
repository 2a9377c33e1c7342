"""The text of an HTML mail, in one pass: each look ahead either finds its end or is the last of its kind.

Markup is told from text as in the HTML Standard (13.2.5), but for what never ends: there a browser drops the rest of
the mail, here it is text, so that nothing is lost. Lines and cells are set apart as where a browser gives a page as
text (3.2.7, `innerText`). Besides, items of lists have their signs, quotations are marked as in mails, and a link has
its address behind it unless that is its text.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

_PARAGRAPHS = {"p", "blockquote", "pre", "hr", *(f"h{n}" for n in range(1, 7))}
_LINES = {
    "address",
    "article",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "header",
    "main",
    "section",
    "table",
    "tr",
}
_LISTS = {"ul", "ol", "menu"}
_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
_MARKUP = re.compile(r"<(?:(?P<comment>!--)|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)|[!?/])")
_TAG_END = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')|>")
_COMMENT_END = re.compile(r"(?<=<!--)-?>|--!?>")
_ATTRIBUTE = re.compile(r"([^\s\"'=/>]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?")
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none|mso-hide\s{0,9}:\s{0,9}all", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?|ftp|mailto|tel):", re.IGNORECASE)
_SAME = re.compile(r"^(?:https?://|mailto:|tel:)?(?:www\.)?|[\s/]+", re.IGNORECASE)
# What they hold is no markup, and nothing that a reader sees.
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style", "title")}
# `unescape` reads a number of any length, which Python refuses beyond 4,300 digits; no character has nine.
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")
_SPACES = re.compile(r"\s+")
_MOST_DEEP = 20
"""Lists and quotations in one another that are set in further."""


def html_to_text(html: str) -> str:
    """What a reader sees; no more than one empty line in a row."""
    page = _Page()
    _read(html, page)
    if page.hidden:  # what should end it does not, so that there is no telling what was meant to be seen
        page = _Page(hides=False)
        _read(html, page)
    return page.text()


def _read(html: str, page: "_Page") -> None:
    position = 0
    while found := _MARKUP.search(html, position):
        page.add(html[position : found.start()])
        name, position = (found["name"] or "").lower(), _end(html, found)
        if position < 0:
            position = found.start()
            break
        if name in _RAW and not found["end"]:
            close = _RAW[name].search(html, position)
            position = close.start() if close else len(html)
        elif name:
            page.tag(name, bool(found["end"]), html[found.end() : position - 1])
    page.add(html[position:])
    page.finish()


def _end(html: str, found: re.Match[str]) -> int:
    """Where the markup that begins here is over; -1 when nothing ends it."""
    if found["comment"]:
        close = _COMMENT_END.search(html, found.end())
        return close.end() if close else -1
    if not found["name"]:
        return html.find(">", found.end()) + 1 or -1
    return next((part.end() for part in _TAG_END.finditer(html, found.end()) if part[0] == ">"), -1)


def _attributes(tag: str) -> dict[str, str]:
    found = ((part[1].lower(), part[2] or part[3] or part[4] or "") for part in _ATTRIBUTE.finditer(tag))
    return {name: _unescaped(value) for name, value in found}


def _unescaped(text: str) -> str:
    return unescape(_LONG_NUMBER.sub("\ufffd", text))


@dataclass
class _Page:
    """The text so far, and what is open."""

    hides: bool = True
    hidden: int = 0
    """How many elements are open from the one on that is not shown, which are called as it is."""
    _hidden_name: str = ""
    _lines: list[str] = field(default_factory=list)
    _line: list[str] = field(default_factory=list)
    _space: str = ""
    """What sets the next word apart from the last one in the line."""
    _gap: bool = False
    _sign: str = ""
    _lists: list[int] = field(default_factory=list)
    """Of each list the number of its last item; -1 where items have none."""
    _quotes: int = 0
    _quoted: int = 0
    """In how many quotations the last line was."""
    _verbatim: int = 0
    _link: str = ""
    _link_text: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "\n".join(self._lines)

    def add(self, piece: str) -> None:
        if self.hidden or not piece:
            return
        text = _unescaped(piece)
        if self._verbatim:
            first, *rest = text.split("\n")
            self._put(first)
            for line in rest:
                self._break()
                self._put(line)
            return
        words = _SPACES.sub(" ", text)
        if words.startswith(" "):
            self._space = self._space or " "
        self._put(words.strip())
        if words.endswith(" "):
            self._space = self._space or " "

    def tag(self, name: str, ends: bool, tag: str) -> None:
        if self.hidden:
            if name == self._hidden_name:
                self.hidden += -1 if ends else 1
        elif not ends and self.hides and name not in _EMPTY and (name == "template" or _HIDDEN.search(tag)):
            self.hidden, self._hidden_name = 1, name
        elif name in _PARAGRAPHS or name in _LINES:
            self._end_line()
            self._gap = self._gap or name in _PARAGRAPHS
            if name == "blockquote":
                self._quotes = max(0, self._quotes + (-1 if ends else 1))
            elif name == "pre":
                self._verbatim = max(0, self._verbatim + (-1 if ends else 1))
        elif name in _LISTS or name == "li":
            self._end_line()
            self._item(name, ends, tag)
        elif name in ("td", "th") and not ends:
            self._space = "\t"
        elif name == "br":
            self._break()
        elif name == "img" and (alternative := _attributes(tag).get("alt", "").strip()):
            self._put(f"[{_SPACES.sub(' ', alternative)}]")
        elif name == "a":
            self._close_link()
            if not ends:
                address = "".join(_attributes(tag).get("href", "").split())
                self._link = address if _SCHEME.match(address) else ""

    def finish(self) -> None:
        self._close_link()
        self._end_line()

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._link:
            self._link_text.append(text)
        if self._line:
            self._line.append(self._space)
        elif self._gap and self._lines:
            self._lines.append((">" * min(self._quotes, self._quoted, _MOST_DEEP)).strip())
        self._gap, self._space = False, ""
        self._line.append(text)

    def _break(self) -> None:
        """A line of its own, also where the one before is empty."""
        self._gap = self._gap or not self._line
        self._end_line()

    def _end_line(self) -> None:
        if self._line:
            inset = "  " * (min(len(self._lists), _MOST_DEEP) - bool(self._sign)) if self._lists else ""
            mark = "> " * min(self._quotes, _MOST_DEEP)
            self._lines.append(f"{mark}{inset}{self._sign}{''.join(self._line)}".rstrip())
            self._line.clear()
            self._sign, self._quoted = "", self._quotes
        self._space = ""

    def _item(self, name: str, ends: bool, tag: str) -> None:
        if name != "li":
            if ends:
                del self._lists[-1:]
            else:
                start = _attributes(tag).get("start", "1") if name == "ol" else "0"
                self._lists.append(int(start) - 1 if start.isascii() and start.isdigit() and len(start) < 9 else 0)
            self._sign = ""
        elif ends:
            self._sign = ""
        elif self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            self._sign = f"{self._lists[-1]}. "
        else:
            self._sign = "- "

    def _close_link(self) -> None:
        """Tell where the link leads, behind its text."""
        link, text = self._link, "".join(self._link_text)
        self._link = ""
        self._link_text.clear()
        if link[:7].lower() == "mailto:":
            link = unquote(link[7:].partition("?")[0])
        if not link or _SAME.sub("", text).casefold() == _SAME.sub("", link).casefold():
            return
        if not text:
            self._put(link)
        elif self._line:
            self._space = " "
            self._put(f"({link})")
        else:
            self._lines[-1] += f" ({link})"
