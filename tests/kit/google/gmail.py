"""Gmail: mails, drafts that become mails, labels, threads, history (gmail v1; guides "Create and send draft emails",
"Manage threads", "Synchronize clients with Gmail")."""

from collections.abc import Callable, Iterable
from typing import Any

from tests.kit.google.gmail_box import SYSTEM, Mailbox, invalid, not_found
from tests.kit.google.gmail_lists import known, page, searched
from tests.kit.google.gmail_mail import Mail, bytes_of, mail_bytes, urlsafe
from tests.kit.google.gmail_search import compiled
from tests.kit.google.parts import Answer, Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]


def answer(call: Call) -> Answer:
    act = METHODS.get(call.method.removeprefix("gmail.users."))
    if act is None:
        raise Problem(501, "notImplemented", f"{call.method} is not here.", name="UNIMPLEMENTED")
    if call.path.get("userId") not in ("me", call.account.email):
        raise Problem(403, "forbidden", "Delegation denied for " + call.account.email)
    body = act(call.account.state(Mailbox), call)
    return Answer(204) if body is None else Answer(200, body)


# --- mails ------------------------------------------------------------------------------------------------------------


def list_messages(box: Mailbox, call: Call) -> Json:
    found = [{"id": mail.id, "threadId": mail.thread} for mail in searched(box, call)]
    return page(found, "messages", call)


def get_message(box: Mailbox, call: Call) -> Json:
    return box.mail(call.path["id"]).told(call.query.get("format", "full"), call.query.get("metadataHeaders"))


def modify_message(box: Mailbox, call: Call) -> Json:
    mail = box.mail(call.path["id"])
    _modify(box, [mail], call)
    return known(mail)


def batch_modify(box: Mailbox, call: Call) -> None:
    ids = call.body.get("ids", [])
    if not ids or len(ids) > 1000:
        raise invalid("No message ids specified" if not ids else "Too many message ids")
    _modify(box, [box.mails[each] for each in ids if each in box.mails], call)


def _modify(box: Mailbox, mails: Iterable[Mail], call: Call) -> None:
    add, remove = call.body.get("addLabelIds", []), call.body.get("removeLabelIds", [])
    if not add and not remove:
        raise invalid("No label add or removes specified")
    if len(add) > 100 or len(remove) > 100:
        raise invalid("Too many labels")
    box.check_labels([*add, *remove])
    for mail in mails:
        box.relabel(mail, add, remove)
        call.fake.happened("mail.modify", mail.id, call.account.email, add=tuple(add), remove=tuple(remove))


def trash(box: Mailbox, call: Call) -> Json:
    mail = box.mail(call.path["id"])
    box.relabel(mail, ["TRASH"], ["INBOX"])
    return known(mail)


def untrash(box: Mailbox, call: Call) -> Json:
    mail = box.mail(call.path["id"])
    box.relabel(mail, [], ["TRASH"])
    return known(mail)


def send_message(box: Mailbox, call: Call) -> Json:
    raw, thread = _brought(box, call, call.body)
    return known(box.send(raw, thread))


def get_attachment(box: Mailbox, call: Call) -> Json:
    content = box.mail(call.path["messageId"]).attachment(call.path["id"])
    if content is None:
        raise invalid("Invalid attachment token")
    return {"size": len(content), "data": urlsafe(content)}


def _brought(box: Mailbox, call: Call, message: Json) -> tuple[bytes, str]:
    """The mail that a request brings, and the thread that it goes into."""
    raw = mail_bytes(call.media) if call.media is not None else bytes_of(message.get("raw", ""))
    return raw, box.thread_asked(message.get("threadId", ""), raw)


# --- threads ----------------------------------------------------------------------------------------------------------


def list_threads(box: Mailbox, call: Call) -> Json:
    threads = dict.fromkeys(mail.thread for mail in searched(box, call))
    return page([{"id": each, "historyId": str(_history(box, each))} for each in threads], "threads", call)


def get_thread(box: Mailbox, call: Call) -> Json:
    members = [mail for mail in box.mails.values() if mail.thread == call.path["id"]]
    if not members:
        raise not_found()
    members.sort(key=lambda mail: mail.at)
    form, names = call.query.get("format", "full"), call.query.get("metadataHeaders")
    told = [mail.told(form, names) for mail in members]
    return {"id": call.path["id"], "historyId": str(_history(box, call.path["id"])), "messages": told}


def _history(box: Mailbox, thread: str) -> int:
    return max(mail.history for mail in box.mails.values() if mail.thread == thread)


# --- drafts -----------------------------------------------------------------------------------------------------------


def list_drafts(box: Mailbox, call: Call) -> Json:
    drafts = sorted(box.drafts.items(), key=lambda each: each[1].history, reverse=True)
    drafts = [each for each in drafts if "TRASH" not in each[1].labels]
    if query := call.query.get("q", ""):
        fits = compiled(query, box.names)
        indexed = [(each, each[1].indexed(box.until)) for each in drafts]
        drafts = [each for each, labels in indexed if labels is not None and fits(each[1], labels)]
    found = [{"id": ident, "message": {"id": mail.id, "threadId": mail.thread}} for ident, mail in drafts]
    return page(found, "drafts", call)


def get_draft(box: Mailbox, call: Call) -> Json:
    mail = _draft(box, call.path["id"])
    return {"id": call.path["id"], "message": mail.told(call.query.get("format", "full"))}


def create_draft(box: Mailbox, call: Call) -> Json:
    raw, thread = _brought(box, call, call.body.get("message", {}))
    ident = f"r-{9_000_000_000 + call.fake.number()}"
    box.drafts[ident] = box.add(raw, ["DRAFT"], thread)
    call.fake.happened("draft.create", ident, call.account.email)
    return {"id": ident, "message": known(box.drafts[ident])}


def update_draft(box: Mailbox, call: Call) -> Json:
    ident = call.path["id"]
    old = _draft(box, ident)
    raw, thread = _brought(box, call, call.body.get("message", {}))
    if not thread and Mail("", "", [], raw, old.at).topic == old.topic:
        thread = old.thread
    box.drafts[ident] = box.add(raw, ["DRAFT"], thread)
    box.drop(old)
    call.fake.happened("draft.update", ident, call.account.email)
    return {"id": ident, "message": known(box.drafts[ident])}


def delete_draft(box: Mailbox, call: Call) -> None:
    mail = _draft(box, call.path["id"])
    del box.drafts[call.path["id"]]
    box.drop(mail)
    call.fake.happened("draft.delete", call.path["id"], call.account.email)


def send_draft(box: Mailbox, call: Call) -> Json:
    mail = _draft(box, call.body.get("id", ""))
    sent = box.send(mail.raw, mail.thread)
    del box.drafts[call.body["id"]]
    box.drop(mail)
    return known(sent)


def _draft(box: Mailbox, ident: str) -> Mail:
    if ident not in box.drafts:
        raise not_found()
    return box.drafts[ident]


# --- labels -----------------------------------------------------------------------------------------------------------


def list_labels(box: Mailbox, call: Call) -> Json:
    return {"labels": [_label(box, each) for each in (*SYSTEM, *box.names.values())]}


def get_label(box: Mailbox, call: Call) -> Json:
    ident = call.path["id"]
    if ident not in (*SYSTEM, *box.names.values()):
        raise not_found()
    mails = box.labeled(ident)
    unread = sum("UNREAD" in mail.labels for mail in mails)
    threads = len({mail.thread for mail in mails})
    return _label(box, ident) | {"messagesTotal": len(mails), "messagesUnread": unread, "threadsTotal": threads}


def create_label(box: Mailbox, call: Call) -> Json:
    name = call.body.get("name", "").strip()
    if not name or name.upper() in SYSTEM:
        raise invalid("Invalid label name")
    if name.casefold() in [each.casefold() for each in box.names]:
        raise Problem(409, "aborted", "Label name exists or conflicts", name="ABORTED")
    box.names[name] = f"Label_{call.fake.number()}"
    call.fake.happened("label.create", box.names[name], call.account.email)
    return _label(box, box.names[name])


def _label(box: Mailbox, ident: str) -> Json:
    own = {label: name for name, label in box.names.items()}
    name = own.get(ident, ident)
    told: Json = {"id": ident, "name": name, "type": "user" if ident in own else "system"}
    shown = {"messageListVisibility": "show", "labelListVisibility": "labelShow"}
    return told if told["type"] == "system" else told | shown


# --- the account ------------------------------------------------------------------------------------------------------


def list_history(box: Mailbox, call: Call) -> Json:
    since = call.query.get("startHistoryId", "")
    if not since.isdigit():
        raise invalid("Invalid startHistoryId")
    if int(since) < box.forgotten:
        raise not_found()
    wanted = set(call.query.get("historyTypes", [])) or {"messageAdded", "messageDeleted", "labelAdded", "labelRemoved"}
    kinds = {each.replace("message", "messages").replace("label", "labels") for each in wanted}
    label = call.query.get("labelId")
    found: list[Json] = []
    for number, kind, mail, labels in box.history:
        if number <= int(since) or kind not in kinds or (label and label not in mail.labels):
            continue
        if mail.id not in box.mails and kind != "messagesDeleted":
            continue
        told: Json = {"message": known(mail)}
        if labels:
            told["labelIds"] = list(labels)
        short = {"id": mail.id, "threadId": mail.thread}
        found.append({"id": str(number), "messages": [short], kind: [told]})
    told_page = page(found, "history", call)
    del told_page["resultSizeEstimate"]
    return told_page | {"historyId": str(box.history_id)}


def get_profile(box: Mailbox, call: Call) -> Json:
    threads = len({mail.thread for mail in box.mails.values()})
    return {
        "emailAddress": call.account.email,
        "messagesTotal": len(box.mails),
        "threadsTotal": threads,
        "historyId": str(box.history_id),
    }


def list_send_as(box: Mailbox, call: Call) -> Json:
    default = box.default_alias or call.account.email
    own: Json = {"sendAsEmail": call.account.email, "displayName": box.name, "isPrimary": True}
    found = [own | ({"isDefault": True} if default == call.account.email else {})]
    for email, status in box.aliases.items():
        told: Json = {"sendAsEmail": email, "displayName": box.name, "treatAsAlias": True, "verificationStatus": status}
        found.append(told | ({"isDefault": True} if default == email else {}))
    return {"sendAs": found}


METHODS: dict[str, Callable[[Mailbox, Call], Json | None]] = {
    "messages.list": list_messages,
    "messages.get": get_message,
    "messages.modify": modify_message,
    "messages.batchModify": batch_modify,
    "messages.trash": trash,
    "messages.untrash": untrash,
    "messages.send": send_message,
    "messages.attachments.get": get_attachment,
    "threads.list": list_threads,
    "threads.get": get_thread,
    "drafts.list": list_drafts,
    "drafts.get": get_draft,
    "drafts.create": create_draft,
    "drafts.update": update_draft,
    "drafts.delete": delete_draft,
    "drafts.send": send_draft,
    "labels.list": list_labels,
    "labels.get": get_label,
    "labels.create": create_label,
    "history.list": list_history,
    "getProfile": get_profile,
    "settings.sendAs.list": list_send_as,
}
