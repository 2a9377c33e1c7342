"""Whatever is searched for: what the server is asked finds at least what is meant, and the rest is done here."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sayso.workspace.formats.mail import parse_date, parse_people
from sayso.workspace.mailbox.folders import Folder, Folders, Role
from sayso.workspace.mailbox.outline import outline_of
from sayso.workspace.mailbox.query import anywhere, criteria, fits, texts_in, unsure, within
from sayso.workspace.mailbox.seen import Seen
from sayso.workspace.mailbox.spots import Spot
from sayso.workspace.search import NOTHING, After, And, Attached, Before, Label, Not, Or, Query, Unread, Words

DAY = datetime(2026, 3, 2, tzinfo=UTC)
FOLDERS = tuple(
    Folder(f"F{role}".encode(), role or "Projects", role) for role in ("inbox", "sent", "trash", "junk", "")
)
LISTED = Folders(FOLDERS)
TEXTS = ("tea", "soup", "te", "Käse")
NAMES = ("Priya Nair <priya@acme.example>", "Bob <bob@x.example>", "Jörg <joerg@x.example>")
leaves: st.SearchStrategy[Query] = st.one_of(
    st.builds(Words, st.sampled_from(TEXTS), st.just("text")),
    st.builds(Words, st.sampled_from(("priya", "pri", "nair", "x.example", "jör", "acme priya", "?")), st.just("from")),
    st.builds(Words, st.sampled_from(("bob", "ob", "joerg@x", "bob x")), st.just("to")),
    st.builds(Words, st.sampled_from(("seeds", "seed", "eeds", "re seeds")), st.just("subject")),
    st.builds(Label, st.sampled_from(("inbox", "trash", "junk", "starred", "projects", "work", "nosuch"))),
    st.just(Unread()),
    st.just(Attached()),
    st.builds(After, st.integers(-2, 2).map(lambda days: DAY + timedelta(days=days))),
    st.builds(Before, st.integers(-2, 2).map(lambda days: DAY + timedelta(days=days))),
)
queries: st.SearchStrategy[Query] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, max_size=3).map(lambda each: And(tuple(each))),
        st.lists(inner, max_size=3).map(lambda each: Or(tuple(each))),
    ),
    max_leaves=8,
)


@st.composite
def mails(draw: st.DrawFn) -> tuple[Seen, frozenset[Words]]:
    """A mail, and which texts are in it."""
    subject = draw(st.sampled_from(("Seeds", "Re: Seeds", "Other")))
    sender, to = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    sent = draw(st.sampled_from(("Mon, 2 Mar 2026 00:30:00 +0100", "Mon, 2 Mar 2026 23:30:00 -0500", "nonsense")))
    header = f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {sent}\n\n".encode()
    text = (b"TEXT", b"PLAIN", (b"CHARSET", b"utf-8"), None, None, b"7BIT", 10, 1)
    file = (b"APPLICATION", b"PDF", (b"NAME", b"a.pdf"), None, None, b"BASE64", 10)
    structure = draw(st.sampled_from((text, ([text, file], b"MIXED", (b"BOUNDARY", b"b"), None, None, None))))
    flags = draw(st.frozensets(st.sampled_from(("\\seen", "\\flagged", "work"))))
    spot = Spot(b"F", 1, 1, DAY.date(), "0" * 10)
    folder = draw(st.sampled_from(FOLDERS))
    received = DAY + timedelta(hours=draw(st.sampled_from((-30, 0, 30))))
    seen = Seen(spot, folder, outline_of(header, structure), flags, tuple(flags), 10, received)
    texts = frozenset(Words(each) for each in draw(st.frozensets(st.sampled_from(TEXTS))))
    return seen, texts


def meant(query: Query, seen: Seen, texts: frozenset[Words]) -> bool:
    """What the query says, leaf by leaf."""
    match query:
        case And(queries):
            return all(meant(each, seen, texts) for each in queries)
        case Or(queries):
            return any(meant(each, seen, texts) for each in queries)
        case Not(negated):
            return not meant(negated, seen, texts)
        case Words(_, "text"):
            return query in texts
        case Label(name):
            roles: dict[str, Role] = {"inbox": "inbox", "trash": "trash", "junk": "junk"}
            if name in roles:
                return seen.folder.role == roles[name]
            flag = {"starred": "\\flagged", "work": "work"}.get(name, "")
            return flag in seen.flags or (name == "projects" and not seen.folder.role)
    return fits(query, seen, {})


def served(keys: list[bytes], seen: Seen, texts: frozenset[Words]) -> bool:
    """What a server makes of the keys (RFC 9051, 6.4.4)."""
    left = list(keys)
    found = True
    while left:
        found = _key(left, seen, texts) and found
    return found


def _key(left: list[bytes], seen: Seen, texts: frozenset[Words]) -> bool:
    key = left.pop(0).decode()
    if key == "NOT":
        return not _key(left, seen, texts)
    if key == "OR":
        first, second = _key(left, seen, texts), _key(left, seen, texts)
        return first or second
    if key in ("ALL", "UNSEEN", "FLAGGED"):
        return {"ALL": True, "UNSEEN": "\\seen" not in seen.flags, "FLAGGED": "\\flagged" in seen.flags}[key]
    value = left.pop(0).decode().strip('"')
    mail = seen.outline.root
    if key == "KEYWORD":
        return value.lower() in seen.flags
    if key == "TEXT":
        return Words(value) in texts or (value == "Kase" and Words("Käse") in texts)
    if key in ("FROM", "TO", "CC", "BCC"):
        people = [f"{person.name} <{person.email}>" for person in parse_people(mail, key)]
        return value.casefold() in " ".join(people).casefold()
    if key == "SUBJECT":
        return value.casefold() in mail.text("subject").casefold()
    day = datetime.strptime(f"{value} +0000", "%d-%b-%Y %z").date()
    sent = parse_date(mail, None)
    about = seen.received.date() if key in ("SINCE", "BEFORE") else sent.date() if sent else None
    if about is None:
        return False
    return about >= day if key.endswith("SINCE") else about < day


@given(queries, mails())
def test_what_the_server_finds_and_what_is_looked_at_here_is_what_is_meant(
    query: Query, mail: tuple[Seen, frozenset[Words]]
) -> None:
    seen, texts = mail
    here = within(query, seen.folder, LISTED, ("work", "\\Seen"))
    expected = meant(query, seen, texts)
    if within(query, seen.folder, LISTED, None) == NOTHING or here == NOTHING:
        assert not expected
        return
    members = {words: frozenset({1} if words in texts else ()) for words in texts_in(here)}
    found = served(criteria(here), seen, texts)
    assert found or not expected
    assert (found and all(fits(each, seen, members) for each in unsure(here))) == expected


@given(queries)
def test_junk_is_looked_at_only_where_it_is_meant(query: Query) -> None:
    assert not anywhere(And((query, Not(Label("trash")))), LISTED) or "junk" in repr(query)
