"""Addresses that are made to be taken for others: how they look, not how they are spelled.

After Unicode's Technical Standard 39 (confusable characters, mixed scripts), for what occurs in mail: Latin letters
with Cyrillic and Greek doubles, digits and pairs of letters that read as another.
"""

import unicodedata

_DOUBLES = str.maketrans(
    "аеорсхуіјѕԁһԛԝӏвкмнтгпзьαερονυικτηχωγ0135|",
    "aeopcxyijsdhqwlbkmhtrnzbaepovuiktnxwyolesl",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("i", "l"))
SHORTEST = 6  # characters of a domain's name below which another is too easily near by chance


def looks(text: str) -> str:
    """What the text looks like: the same for two that are easily taken for each other."""
    folded = unicodedata.normalize("NFKD", readable(text).casefold())
    seen = "".join(char for char in folded if unicodedata.category(char) not in ("Mn", "Cf")).translate(_DOUBLES)
    for pair, single in _PAIRS:
        seen = seen.replace(pair, single)
    return seen


def readable(text: str) -> str:
    """An address with its domain's letters as they are meant: `xn--` is how they travel (RFC 3492)."""
    return ".".join(_decoded(label) for label in text.split("."))


def _decoded(label: str) -> str:
    head, at, tail = label.rpartition("@")
    if not tail.casefold().startswith("xn--"):
        return label
    try:
        return head + at + tail[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def mixes_scripts(address: str) -> bool:
    """Whether one part of the address is written with letters of several alphabets."""
    return any(len(_scripts(label)) > 1 for label in readable(address).replace("@", ".").split("."))


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}


def alike(address: str, known: str) -> bool:
    """Whether another address is easily taken for one that is known."""
    if address.casefold() == known.casefold():
        return False
    if looks(address) == looks(known):
        return True
    (local, domain), (known_local, known_domain) = _split(address), _split(known)
    if domain == known_domain or related(domain, known_domain):
        return False
    if looks(domain) == looks(known_domain):
        return True
    name = max(known_domain.split(".")[:-1], key=len, default="")
    if len(name) >= SHORTEST and _one_apart(domain, known_domain):
        return True
    return local == known_local and len(name) >= SHORTEST and looks(name) in looks(domain)


def _split(address: str) -> tuple[str, str]:
    local, _, domain = address.casefold().rpartition("@")
    return local, domain


def related(one: str, other: str) -> bool:
    """Whether one domain lies within the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or other, or two that changed places, make one of the other."""
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[start:], other[start:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == len(other) == 2 and one == other[::-1])
