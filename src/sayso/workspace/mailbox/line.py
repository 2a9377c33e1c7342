"""One signed-in connection to an IMAP server: the commands that are needed, and one way in which each of them fails.

IMAPClient speaks; what it or `imaplib` raise for a line that breaks, for a NO and for what is no IMAP is told apart
here, once. A connection that broke or garbled is `spoilt` and of no more use.
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import ProtocolError  # type: ignore[import-untyped]
from imapclient.response_parser import parse_fetch_response  # type: ignore[import-untyped]

from sayso.workspace.mailbox.wire import TooMuch, Wire

T = TypeVar("T")

FETCHED_AT_ONCE: Final = 400
"""Messages in one command, whose line servers bound (RFC 2683, 3.2.1.5)."""
OPEN_SECONDS: Final = 20.0
"""That a server may be silent in until the line is open."""
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)")
_FOREIGN = (ProtocolError, TooMuch, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What the libraries raise for an answer that is no IMAP, or nested too deep."""

Data = dict[bytes, Any]
"""What was fetched of a message, by the items' names in capitals."""

_COUNT: Final = re.compile(rb"\bCOUNT (\d{1,10})\b")


class Cut(Exception):
    """The connection broke, or the server fell silent."""


class Garbled(Exception):
    """The server's answer is none that IMAP knows."""


class No(Exception):
    """The server says NO or BAD. `code`: its response code (RFC 9051, 7.1), or empty."""

    def __init__(self, text: str) -> None:
        found = _CODE.search(text)
        self.code = found[1] if found else ""
        self.text = (text.partition("failed: ")[2] or text)[:300]
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Selected:
    exists: int
    validity: int
    flags: tuple[str, ...]
    """Keywords and flags in use."""
    permanent: tuple[str, ...]
    """Those that stay; `\\*` among them: new ones can be made."""


class Line(IMAPClient):  # type: ignore[misc]
    """`changed`: whether a command may have changed something. A change is only sent where `may_change`."""

    def __init__(self, sock: socket.socket, host: str, monotonic: Callable[[], float]) -> None:
        self._given = sock, host, monotonic
        self.spoilt = self.changed = self.may_change = False
        self.used = monotonic()
        super().__init__(host, ssl=False)
        self._imap.debug = 0
        self.folder_encode = self.normalise_times = False

    def _create_IMAP4(self) -> Wire:  # noqa: N802  the library's name
        self.wire = Wire(*self._given)
        return self.wire

    def _set_read_timeout(self) -> None:
        """The wire has its own."""

    def ask(self, command: Callable[[], T]) -> T:
        """What a command answers. Raises Cut, Garbled, No."""
        self.wire.begin()
        try:
            return command()
        except imaplib.IMAP4.readonly as error:
            raise No("the folder is read-only") from error
        except (imaplib.IMAP4.abort, OSError) as error:
            self.spoilt = True
            raise Cut(str(error)) from error
        except _FOREIGN as error:
            self.spoilt = True
            raise Garbled(f"{type(error).__name__}: {error}"[:200]) from error
        except imaplib.IMAP4.error as error:
            raise No(str(error)) from error

    def change(self, command: Callable[[], T]) -> T:
        """`ask`, for a command that changes something: from its last byte on it may have done so."""
        if not self.may_change:
            raise AssertionError("a change within a read")
        before, self.changed = self.changed, True
        try:
            return self.ask(command)
        except No:
            self.changed = before
            raise
        except Cut:
            self.changed = before or not self.wire.unsent
            raise

    def can(self, capability: str) -> bool:
        return capability.encode() in self.ask(self.capabilities)

    def select(self, folder: bytes, *, write: bool = False) -> Selected:
        """Raises No where there is no such folder."""
        told = self.ask(lambda: self.select_folder(folder, readonly=not write))
        return Selected(
            exists=_number(told.get(b"EXISTS")),
            validity=_number(told.get(b"UIDVALIDITY")),
            flags=_words(told.get(b"FLAGS")),
            permanent=_words(told.get(b"PERMANENTFLAGS")),
        )

    def find(self, criteria: Sequence[bytes]) -> list[int]:
        """The UIDs that a search gives, in order. What is beyond ASCII goes as literals."""
        told = [b"CHARSET", b"UTF-8"] if any(not each.isascii() for each in criteria) else []
        return sorted(set(self.ask(lambda: self._found([*told, *criteria]))))

    def count(self, criteria: Sequence[bytes]) -> int:
        """How many messages a search finds; only the number comes where the server can do that (RFC 9051, 7.3.4)."""
        if not self.can("ESEARCH"):
            return len(self.find(criteria))
        told = [b"CHARSET", b"UTF-8"] if any(not each.isascii() for each in criteria) else []
        asked = [b"RETURN", b"(COUNT)", *told, *criteria]
        lines = self.ask(lambda: self._raw_command_untagged(b"SEARCH", asked, response_name="ESEARCH"))
        found = _COUNT.search(b" ".join(line for line in lines if isinstance(line, bytes)))
        return int(found[1]) if found else 0

    def _found(self, arguments: list[bytes]) -> list[int]:
        lines = self._raw_command_untagged(b"SEARCH", arguments)
        return [int(each) for line in lines if line for each in line.partition(b"(")[0].split()]

    def get(self, uids: Iterable[int], items: str) -> dict[int, Data]:
        """What was asked for of each message that is there, by its UID."""
        wanted, found = sorted(set(uids)), dict[int, Data]()
        for begin in range(0, len(wanted), FETCHED_AT_ONCE):
            piece = wanted[begin : begin + FETCHED_AT_ONCE]
            told = self.ask(lambda piece=piece: self._fetched("UID FETCH", ranges(piece), items))  # type: ignore[misc]
            found |= {uid: data for uid, data in told.items() if uid in set(piece)}
        return found

    def uid_at(self, number: int) -> int:
        """The UID of the message of this sequence number; 0 where there is none."""
        return next(iter(self.ask(lambda: self._fetched("FETCH", str(number), "(UID)"))), 0)

    def _fetched(self, command: str, which: str, items: str) -> dict[int, Data]:
        # By their numbers: what the server tells unasked has no UID, and would be taken for another's.
        self.wire.untagged_responses.pop("FETCH", None)
        answer, lines = self.wire.uid("FETCH", which, items) if command != "FETCH" else self.wire.fetch(which, items)
        if answer != "OK":
            raise imaplib.IMAP4.error(_no(lines))
        if lines == [None]:
            return {}
        told = (data for each in _messages(lines) for data in _parsed(each))
        return {data[b"UID"]: data for data in told if isinstance(data.get(b"UID"), int)}

    def flag(self, uids: Sequence[int], flags: Sequence[str], *, on: bool, item: str = "FLAGS") -> None:
        if uids and flags:
            told = f"{'+' if on else '-'}{item}.SILENT"
            self.change(lambda: self._ok(*self.wire.uid("STORE", ranges(uids), told, f"({' '.join(flags)})")))

    def transfer(self, uids: Sequence[int], folder: bytes, *, move: bool) -> dict[int, int]:
        """Copy or move to a folder; the new UIDs by the old ones, where the server tells (COPYUID, RFC 4315, 3)."""
        command, name = "MOVE" if move else "COPY", f'"{_escaped(folder)}"'
        told = self.wire.untagged_responses
        told.pop("COPYUID", None)
        self.change(lambda: self._ok(*self.wire.uid(command, ranges(uids), name)))
        return _copied(told.get("COPYUID", ()))

    def remove(self, uids: Sequence[int]) -> None:
        """Remove messages that are marked as deleted, and no others (RFC 4315, 2.1)."""
        self.change(lambda: self._ok(*self.wire.uid("EXPUNGE", ranges(uids))))

    def put(self, folder: bytes, raw: bytes, flags: Sequence[str]) -> int:
        """Append a message; its UID where the server tells (APPENDUID, RFC 4315, 3), else 0."""
        answer = self.change(lambda: self.append(folder, raw, flags))
        found = re.search(rb"\[APPENDUID \d+ (\d+)\]", answer if isinstance(answer, bytes) else b"")
        return int(found[1]) if found else 0

    def _ok(self, answer: str, lines: list[Any]) -> None:
        if answer != "OK":
            raise imaplib.IMAP4.error(_no(lines))

    def signed_in(self) -> None:
        """What the server can is asked anew: it may say more to those whom it knows (RFC 9051, 6.1.1)."""
        self._cached_capabilities = None
        self.ask(self.capabilities)

    def end(self) -> None:
        """Say good-bye without waiting for an answer, and close. Never raises."""
        with suppress(OSError):
            if not self.spoilt:
                self.wire.sock.settimeout(1)
                self.wire.sock.sendall(b"bye LOGOUT\r\n")
        with suppress(OSError):
            self.wire.shutdown()

    def cut(self) -> None:
        """Break the connection under whoever is using it, in another thread, so that he notices."""
        self.spoilt = True
        with suppress(OSError):
            socket.socket.shutdown(self.wire.sock, socket.SHUT_RDWR)


def opened(sock: socket.socket, host: str, how: str, tls: ssl.SSLContext, monotonic: Callable[[], float]) -> Line:
    """A connection that is not signed in yet, over a connected socket, which it takes. Raises ssl.SSLError, Cut,
    Garbled, No."""
    try:
        sock.settimeout(OPEN_SECONDS)
        if how == "implicit":
            sock = tls.wrap_socket(sock, server_hostname=host)
        line = _greeted(sock, host, monotonic)
        if how == "starttls":
            _encrypt(line, tls)
        return line
    except BaseException:
        sock.close()
        raise


def _greeted(sock: socket.socket, host: str, monotonic: Callable[[], float]) -> Line:
    try:
        return Line(sock, host, monotonic)
    except (imaplib.IMAP4.abort, OSError) as error:
        raise Cut(str(error)) from error
    except imaplib.IMAP4.error as error:
        raise No(str(error)) from error
    except _FOREIGN as error:
        raise Garbled(str(error)) from error


def _encrypt(line: Line, tls: ssl.SSLContext) -> None:
    try:
        if not line.can("STARTTLS"):
            raise No("there is no encryption")
        line.ask(lambda: line.wire.encrypt(tls))
    except Cut as error:
        line.wire.shutdown()
        raise error.__cause__ if isinstance(error.__cause__, ssl.SSLCertVerificationError) else error from None
    except BaseException:
        line.wire.shutdown()
        raise


def quoted(text: str) -> bytes:
    """A text of a search: in quotes, and what is beyond ASCII as it is, for a literal."""
    told = text.encode("utf-8", "replace")
    return b'"' + told.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"' if told.isascii() else told


def ranges(uids: Iterable[int]) -> str:
    """A set of numbers as IMAP writes it (RFC 9051, 9: sequence-set)."""
    told = list[str]()
    begin = end = 0
    for uid in [*sorted(set(uids)), 0]:
        if uid == end + 1 and begin:
            end = uid
            continue
        if begin:
            told.append(str(begin) if begin == end else f"{begin}:{end}")
        begin = end = uid
    return ",".join(told)


def _messages(lines: Sequence[Any]) -> Iterator[list[Any]]:
    """What is told of each message: pieces with literals, up to one without."""
    pieces = list[Any]()
    for each in lines:
        pieces.append(each)
        if not isinstance(each, tuple):
            yield pieces
            pieces = []


def _parsed(pieces: list[Any]) -> list[Data]:
    """Nothing where that is no IMAP, or nested too deep: one such message is no reason to lose the others."""
    try:
        return list(parse_fetch_response(pieces, False, False).values())
    except _FOREIGN:
        return []


def _no(lines: Sequence[Any]) -> str:
    return next((f"failed: {each.decode('utf-8', 'replace')}" for each in lines if isinstance(each, bytes)), "failed: ")


def _escaped(folder: bytes) -> str:
    return folder.decode("ascii", "strict").replace("\\", "\\\\").replace('"', '\\"')


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _words(value: Any) -> tuple[str, ...]:
    return tuple(each.decode("ascii", "replace") for each in value or () if isinstance(each, bytes))


def _copied(lines: Sequence[Any]) -> dict[int, int]:
    for line in lines:
        found = re.search(rb"^\d+ ([\d:,]+) ([\d:,]+)", line if isinstance(line, bytes) else b"")
        if found:
            old, new = _numbers(found[1]), _numbers(found[2])
            return dict(zip(old, new, strict=True)) if len(old) == len(new) else {}
    return {}


def _numbers(told: bytes) -> list[int]:
    found = list[int]()
    for piece in told.split(b","):
        first, _, last = piece.partition(b":")
        if not first.isdigit() or (last and not last.isdigit()):
            return []
        begin, end = sorted((int(first), int(last or first)))
        if end - begin > 10_000:
            return []
        found += range(begin, end + 1)
    return found
