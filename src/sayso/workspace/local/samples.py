"""The sample data that a new user finds: whether it is there, and gone at one word.

What the user makes is his own: it is never a sample, and what he changes of one stays one.
"""

from dataclasses import dataclass

from sqlalchemy import delete, exists, literal, or_, select, update

from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.workspace_tables import SAMPLED, local_contacts, local_effects, local_task_lists, local_tasks
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.local.tasks import DEFAULT_LIST


@dataclass(frozen=True, slots=True)
class LocalSamples:
    store: Store
    user_id: str

    async def there(self) -> bool:
        return await self.store.read(has_samples, self.user_id)

    async def remove(self) -> None:
        await self.store.write(remove_samples, self.user_id)


def has_samples(conn: ReadConn, user_id: str) -> bool:
    """Whether the sample data has not been removed yet. It goes all at once, and nothing else removes a contact."""
    some = exists().where(local_contacts.c.user_id == user_id, local_contacts.c.sample)
    return bool(conn.execute(select(literal(1)).where(some)).scalar())


def only_samples(conn: ReadConn, user_id: str) -> bool:
    """Whether there is sample data, and nothing that is the user's own."""
    return has_samples(conn, user_id) and not has_own(conn, user_id)


def has_own(conn: ReadConn | WriteConn, user_id: str) -> bool:
    """Whether anything there is the user's own. The default list is everybody's."""
    some = [
        exists().where(table.c.user_id == user_id, ~table.c.sample, table.c.id != DEFAULT_LIST.id) for table in SAMPLED
    ]
    return bool(conn.execute(select(or_(*some))).scalar())


def clear(conn: WriteConn, user_id: str) -> None:
    """Delete everything of the user's here."""
    for table in (*SAMPLED, local_effects):
        conn.execute(delete(table).where(table.c.user_id == user_id))


def remove_samples(conn: WriteConn, user_id: str) -> bool:
    """Remove it, if it is there; whether it was. A list with tasks of the user's own stays, and so does the default
    one."""
    lists = local_task_lists.c
    # Locked, and only then looked into: what is being added to one of them meanwhile is seen.
    conn.execute(select(lists.id).where(lists.user_id == user_id, lists.sample).order_by(lists.id).with_for_update())
    removed = 0
    for table in SAMPLED:
        if table is not local_task_lists:
            removed += conn.execute(delete(table).where(table.c.user_id == user_id, table.c.sample)).rowcount
    used = exists().where(local_tasks.c.user_id == user_id, local_tasks.c.list_id == lists.id)
    spare = lists.sample & (lists.id != DEFAULT_LIST.id) & ~used
    removed += conn.execute(delete(local_task_lists).where(lists.user_id == user_id, spare)).rowcount
    removed += conn.execute(
        update(local_task_lists).where(lists.user_id == user_id, lists.sample).values(sample=False)
    ).rowcount
    answered = messages.alias()
    there = exists().where(answered.c.user_id == user_id, answered.c.id == messages.c.in_reply_to)
    alone = (messages.c.user_id == user_id) & (messages.c.in_reply_to != "") & ~there
    if removed:
        conn.execute(update(messages).where(alone).values(in_reply_to=""))
    return removed > 0
