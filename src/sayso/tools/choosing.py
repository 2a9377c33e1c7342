"""One of many: the best fit to a description, or an error that lets the user choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sayso.english.matching import Fit, fit
from sayso.tools.base import ToolInputError
from sayso.tools.wording import numbered, one_line, quoted

T = TypeVar("T")

SHOWN = 8
MOST = 100_000
"""Tasks, or people, that are looked through at once."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How a kind of thing is spoken of and told apart."""

    noun: str
    plural: str
    ident: Callable[[T], str]
    label: Callable[[T], str]
    fields: Callable[[T], Sequence[str]]
    """Where words of a description are looked for, in falling weight: title, people and place, the rest."""

    def ambiguous(self, text: str, items: Sequence[T]) -> ToolInputError:
        """The error that lists the items for the user to choose from."""
        message = (
            f"Several {self.plural} match {quoted(text)}:\n{self._listed(items)}\nWhich one do you mean?"
            if text
            else f"Which {self.noun} do you mean?\n{self._listed(items)}"
        )
        return ToolInputError(message, "ambiguous", self.candidates(items), self.noun, text)

    def not_found(self, text: str, nearest: Sequence[T] = ()) -> ToolInputError:
        """The error that says so and offers the nearest ones."""
        message = f"I found no {self.noun} that matches {quoted(text)}."
        if nearest:
            message += f" The nearest {self.plural} are:\n{self._listed(nearest[:SHOWN])}"
        return ToolInputError(message, "not_found", self.candidates(nearest), self.noun, text)

    def _listed(self, items: Sequence[T]) -> str:
        lines = numbered([one_line(self.label(item)) for item in items[:SHOWN]])
        more = len(items) - SHOWN
        return f"{lines}\n… and {more} more: say a little more about it." if more > 0 else lines

    def candidates(self, items: Sequence[T]) -> list[dict[str, str]]:
        """The first of them, for code and models."""
        return [{"id": self.ident(item), "label": one_line(self.label(item))} for item in items[:SHOWN]]


def best(kind: Kind[T], wanted: Sequence[str], items: Sequence[T]) -> list[T]:
    """The items that fit the wanted words best, in their given order; none when none has all the words."""
    fits = [(found, item) for item in items if (found := fit(wanted, kind.fields(item))) is not None]
    top: Fit | None = max((found for found, _ in fits), default=None)
    return [item for found, item in fits if found == top]


def close(kind: Kind[T], wanted: Sequence[str], items: Sequence[T]) -> list[T]:
    """Items that have at least one of the wanted words: what to offer when nothing fits."""
    return [item for item in items if any(fit([word], kind.fields(item)) for word in wanted)]
