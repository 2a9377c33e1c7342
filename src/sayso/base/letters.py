"""Letters without their marks."""

import re
import unicodedata
from functools import lru_cache

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def plain(text: str) -> str:
    """The text in compatibility form without accents: `é` is `e`, `ﬁ` is `fi`.

    Letter by letter, since Python takes quadratic time to put the marks of a long run in order.
    """
    return _BEYOND_ASCII.sub(lambda found: _plain(found[0]), text)


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(each))
