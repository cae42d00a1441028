"""What can go wrong and is for a person to mend; feeds that fail are outcomes, not errors (model.visit).

FeedhubError
├── ConfigurationError       feeds.yaml is wrong: file, line, column                   exit 2
├── UsageError               what was asked for cannot be done; says what can          exit 2
│   ├── UnknownNameError     no such story, section, feed, editor, act; candidates     exit 2
│   └── MatchError           a rule's match cannot be read or computed; says where     exit 2
├── DatabaseRefusedError     the database is not ours, newer, damaged, unsafe          exit 3
├── LockedError              another poll, or another publish, is running              exit 4
├── StorageError             no room, or an I/O error                                  exit 5
├── ChangedMeanwhileError    busy, or somebody else was faster: try again              exit 75
└── ReadingError             a body that is no feed; becomes a poll's Failed
"""

from collections.abc import Iterable
from pathlib import Path


class FeedhubError(Exception):
    """The root; its text is one line that names the cause and what to do."""

    exit_code = 1


class ConfigurationError(FeedhubError):
    """feeds.yaml says something that feedhub cannot follow."""

    exit_code = 2

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where


class UsageError(FeedhubError):
    """A command was understood and cannot be done like this."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that nothing has; the nearest ones are named."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), hint: str = "") -> None:
        super().__init__(f"there is no {kind} {name!r}{nearest(name, known)}{hint and '; ' + hint}")
        self.name = name


class MatchError(UsageError):
    """What a rule asks for was not understood, or no linear-time engine computes it; `at` counts its characters."""

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.at = at


class DatabaseRefusedError(FeedhubError):
    """The database was not opened, and not a byte of it was changed."""

    exit_code = 3

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class LockedError(FeedhubError):
    """Somebody else does this right now."""

    exit_code = 4

    def __init__(self, what: str, holder: str) -> None:
        super().__init__(f"another {what} is running ({holder}); wait until it has ended")


class StorageError(FeedhubError):
    """The disk is full, a file cannot be written."""

    exit_code = 5


class ChangedMeanwhileError(FeedhubError):
    """Try again: the database was busy, or another editor was faster."""

    exit_code = 75


class ReadingError(FeedhubError):
    """A body in which no feed could be found."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known names are near to one that is not.

    >>> nearest("kubernets", ["kubernetes", "istio"])
    '; did you mean kubernetes?'
    """
    import difflib  # 5 ms, for a line that is seldom needed

    folded = {other.casefold(): other for other in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=3)
    return f"; did you mean {' or '.join(folded[match] for match in close)}?" if close else ""
