"""A reader process: takes responses from its standard input, writes what it read to its standard output.

A body may make it loop, swell or crash: then the kernel ends it, or who started it does.
"""

import gc
import math
import os
import resource
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from feedhub.errors import ReadingError
from feedhub.model.feed import Failed, Fetched, Response
from feedhub.model.page import Article, Page
from feedhub.model.watching import Shown
from feedhub.pollers.messages import pack, receive
from feedhub.reading import cited, pages, sources
from feedhub.rules import identity

Read = TypeVar("Read")

_SECONDS = 2
_SECONDS_PER_MIB = 2
"""Of CPU: a body that needs more is made to."""
_MEMORY = 1 << 30


def read(response: Response, kind: str = "feed") -> Fetched | Failed:
    """Read a response of a kind of source here and now."""
    try:
        document, more = sources.read(kind, response)
        if document.flaw:  # Half a document would make the entries of the other half vanish; the next poll brings all.
            return Failed(document.flaw)
        return Fetched(document.head, identity.said(document), document.format, more)
    except ReadingError as error:
        return Failed(str(error))
    except MemoryError:
        return Failed("reading it took too much memory")


def read_page(response: Response) -> Page | Failed:
    """Read what a page states of itself."""
    return _attempt(lambda: pages.read(response))


def read_article(response: Response) -> Article | Failed:
    """Read what a page says to who came for it."""
    return _attempt(lambda: pages.article(response))


def read_cited(response: Response) -> Shown | Failed:
    """Read a pull request, an issue or a release that somebody cited."""
    return _attempt(lambda: cited.read(response))


def _attempt(reading: Callable[[], Read]) -> Read | Failed:
    try:
        return reading()
    except ReadingError as error:
        return Failed(str(error))
    except MemoryError:
        return Failed("reading it took too much memory")


READ: dict[str, Callable[[Response], Any]] = {
    **{kind: partial(read, kind=kind) for kind in sources.KINDS},
    "page": read_page,
    "article": read_article,
    "cited": read_cited,
}
"""How each kind of body is read; whatever comes of it goes back through the pipe."""


def main() -> None:
    """Read until there is no more to read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us as well; who started us ends us.
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    # What a library prints must not get between our messages.
    gc.freeze()
    gc.set_threshold(100_000)  # A document is thousands of records without a cycle: looking for some costs a tenth.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while (message := receive(sys.stdin.buffer)) is not None:
        kind, response = message
        _limit_time(len(response.body))
        answers.write(pack(_outcome(kind, response)))
        answers.flush()


def _outcome(kind: str, response: Response) -> Any:
    """Return what is read; a bug that a document finds in what reads it is that document's failure alone."""
    try:
        return READ[kind](response)
    # Anybody may write what is read here, so anybody would end this process, and print its traceback to the editors.
    # The bug is not hidden: what it is, and where, is why the visit failed, which status tells until it is mended.
    except Exception as error:  # noqa: BLE001
        import traceback

        *_, place = traceback.extract_tb(error.__traceback__)
        where = f"{place.filename.rpartition(os.sep)[2]}:{place.lineno}"
        return Failed(f"reading it fails by a bug of feedhub ({type(error).__name__} at {where})")


def _limit_time(size: int) -> None:
    """Let the kernel end us when the next body, of so many bytes, takes more CPU than any feed does."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = _SECONDS + _SECONDS_PER_MIB * size / (1 << 20)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + allowed), hard))


if __name__ == "__main__":
    main()
