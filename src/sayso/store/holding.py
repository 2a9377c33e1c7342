"""Whether a column holds a text, as each database looks for it fastest.

Not LIKE: where a text nearly matches at every place, LIKE takes its length times that of the column.
"""

from typing import Any

from sqlalchemy import Boolean, Column, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Holds(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def holds(column: Column[str], text: str) -> FunctionElement[bool]:
    """Whether the text stands somewhere in the column, letter for letter."""
    return _Holds(column, literal(text, column.type))


@compiles(_Holds, "sqlite")
def _sqlite(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(_Holds, "postgresql")
def _postgresql(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)}) > 0"
