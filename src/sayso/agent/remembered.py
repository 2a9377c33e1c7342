"""What the model is told of the user's own wishes."""

from collections.abc import Sequence

from sayso.tools.kept import Memory


def remembered(memories: Sequence[Memory]) -> str:
    """The lines on what the user asked to remember; empty when that is nothing."""
    preferences = [f"- {memory.text}" for memory in memories if memory.kind == "preference"]
    signatures = [memory.text for memory in memories if memory.kind == "signature"]
    lines = ["The user's preferences, in the user's own words:", *preferences] if preferences else []
    lines += [f"The user's signature, to end mails with:\n{text}" for text in signatures]
    return "\n".join(lines)
