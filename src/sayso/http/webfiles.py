"""The web app's files. A browser keeps them and asks about each before it uses it, so an update shows at once."""

import json
import os
import re
from pathlib import Path

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types sayso"
)
_HEADERS = {"Cache-Control": "no-cache", "Content-Security-Policy": PAGE_POLICY}
# Named here, since what Python's mimetypes knows depends on the machine.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_LANGUAGES = os.path.join("i18n", "index.json")
_NOTES = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$", re.DOTALL | re.MULTILINE)
_TYPE_NOTES = re.compile(r"/\*\* @type [^*\n]*\*/ ?")
_POINTER = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sayso</title>
<h1>Sayso is running</h1><p>The API is described at <a href="/docs">/docs</a>.</p></html>"""


class _File(FileResponse):
    """A file that is sent whole when a range is asked for in a unit that nobody knows (RFC 9110, 14.2)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = [item for item in scope["headers"] if item[0] != b"range" or item[1].lower().startswith(b"bytes=")]
        await super().__call__({**scope, "headers": known}, receive, send)


class WebFiles(StaticFiles):
    """Everything under `/static`, with the list of languages made from the message files."""

    def __init__(self, web: Path) -> None:
        super().__init__(directory=web / "static", check_dir=False)
        self._web = web

    def compressed(self) -> ASGIApp:
        """The files, gzipped for who accepts that."""
        return GZipMiddleware(self, compresslevel=6)

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == _LANGUAGES and scope["method"] in ("GET", "HEAD"):
            return Response(_languages(self._web / "static" / "i18n"), headers=_HEADERS, media_type="application/json")
        return await super().get_response(path, scope)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response: Response = _File(full_path, status_code, stat_result=stat_result)
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            response = NotModifiedResponse(response.headers)
        response.headers.update(_HEADERS)
        suffix = os.path.splitext(full_path)[1]
        known = _TYPES.get(suffix)
        if known and "content-type" in response.headers:
            response.headers["Content-Type"] = known
        return _without_notes(response) if suffix == ".js" and isinstance(response, FileResponse) else response

    async def index(self, request: Request) -> Response:
        """The page; its parts are under `/static`."""
        page = self._web / "index.html"
        if not page.is_file():
            return HTMLResponse(_POINTER)
        return self.file_response(page, page.stat(), request.scope)

    async def favicon(self) -> Response:
        """Where browsers look that did not read the page's icon."""
        return RedirectResponse("/static/favicon.svg", 301)


def _without_notes(response: FileResponse) -> Response:
    """The script without comments on lines of their own and types in them, a fifth of its bytes; the lines keep their
    numbers."""
    source = Path(response.path).read_text(encoding="utf-8")
    kept = ("content-type", "last-modified", "etag", *(name.lower() for name in _HEADERS))
    headers = {name: response.headers[name] for name in kept}
    bare = _TYPE_NOTES.sub("", _NOTES.sub(lambda note: "\n" * note[0].count("\n"), source))
    return Response(bare, response.status_code, headers)


def _languages(folder: Path) -> bytes:
    """The languages of the page: each message file's name, and what the file calls its language."""
    found = {path.stem: json.loads(path.read_bytes())["language"] for path in sorted(folder.glob("*.json"))}
    return json.dumps({"languages": found}, ensure_ascii=False).encode()
