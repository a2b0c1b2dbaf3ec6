"""Names of WeData → names of files that every system takes, and no two of which are one file on any of them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from wedata_action.errors import Reason, RunError

_MOST_BYTES = 100
_MOST_CANDIDATES = 10_000
_RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³]|conin\$|conout\$)(\..*)?", re.IGNORECASE | re.DOTALL)


def safe_name(name: str, fallback: str) -> str:
    """`name` in letters, digits and `_-.+=@,`: one path segment of at most 100 bytes. Letters of any script stay.

    Never hidden, reserved on Windows, or ending in a dot. `fallback`, which must be safe, stands for a name of which
    nothing is left.
    """
    kept = "".join(map(_kept, unicodedata.normalize("NFC", name)))
    kept = re.sub("__+", "_", kept).lstrip(".-")
    kept = kept.encode()[:_MOST_BYTES].decode(errors="ignore").rstrip(".")
    if not kept.strip("_-."):
        return fallback
    return f"_{kept}" if _RESERVED.fullmatch(kept) else kept


def _kept(char: str) -> str:
    # Letters that are drawn as nothing would hide in a name.
    fills = unicodedata.name(char, "").endswith(" FILLER")
    return char if char in "_-.+=@," or (unicodedata.category(char)[0] in "LMN" and not fills) else "_"


class Names:
    """Paths from the repository's root that are free.

    Two paths that differ only in letter case or in how Unicode spells them are one file on some systems.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        """`taken` are the paths of all files and links where names are looked for."""
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for path in taken:
            self._add(_folded(path))

    def take(self, candidates: Iterable[str], allowed: Callable[[str], bool]) -> str:
        """The first of `candidates` that is free and `allowed`; from now on it is taken.

        Raises `RunError` where none of many is.
        """
        path = ""
        for path in itertools.islice(candidates, _MOST_CANDIDATES):
            folded = _folded(path)
            if self._is_free(folded) and allowed(path):
                self._add(folded)
                return path
        message = f"no name like {path} is both free and as the globs of definitions need it: change them, or --folder"
        raise RunError(Reason.INVALID_INPUT, message)

    def _is_free(self, folded: str) -> bool:
        return not (
            folded in self._files or folded in self._folders or any(map(self._files.__contains__, _parents(folded)))
        )

    def _add(self, folded: str) -> None:
        self._files.add(folded)
        self._folders.update(_parents(folded))


def numbered(stem: str, rest: str) -> Iterator[str]:
    """`stem` and `rest`, and with `-2`, `-3` and so on between them."""
    yield stem + rest
    yield from (f"{stem}-{number}{rest}" for number in itertools.count(2))


def _folded(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def _parents(path: str) -> list[str]:
    return [path[: found.start()] for found in re.finditer("/", path)]
