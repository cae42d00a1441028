"""What a run of the command line works with: folder, clock, editor, database; each when it is needed."""

import os
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from feedhub.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from feedhub.config.secrets import Secrets
    from feedhub.editors.desk import Desk
    from feedhub.model.hub import Hub
    from feedhub.store.connection import Database


class Session:
    """One run: where it works, who runs it, and what time it is all the while."""

    def __init__(self, folder: Path, db: Path | None, editor: str | None, verbose: bool) -> None:
        self.folder = folder
        self.database = db or folder / "db" / "feedhub.db"
        self.output = folder / "output"
        self.health = self.output / "health.atom"
        self.verbose = verbose
        self._editor = editor
        self._db: Database | None = None

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._db is not None:
            self._db.close()

    @cached_property
    def now(self) -> datetime:
        """The time, in UTC: FEEDHUB_NOW where it is set. Nothing else looks at a clock."""
        return now()

    @cached_property
    def hub(self) -> "Hub":
        """What feeds.yaml says."""
        from feedhub import config

        return config.load(self.folder / "feeds.yaml")

    @cached_property
    def secrets(self) -> "Secrets":
        """What the $NAMEs in addresses stand for."""
        from feedhub.config import secrets

        network = self.hub.network
        named = [name for feed in self.hub.feeds for name in (feed.url, feed.token)]
        addresses = " ".join(filter(None, [*named, network.proxy, network.github_token]))
        return secrets.load(self.database.parent / "secrets.env", os.environ, self.hub.secrets, addresses)

    @cached_property
    def db(self) -> "Database":
        """The database, open."""
        from feedhub.store.connection import open_store

        self._db = open_store(self.database)
        return self._db

    @cached_property
    def editor(self) -> str:
        """The editor at work; UsageError when feeds.yaml lists editors and you are none of them."""
        if not self.hub.editors:
            return self._editor or git_setting("user.name") or login()
        if self._editor:
            known = {editor.id for editor in self.hub.editors}
            if self._editor in known:
                return self._editor
            raise UnknownNameError("editor", self._editor, known, f"editors are {', '.join(sorted(known))}")
        me = {name.casefold() for name in (git_setting("user.email"), login()) if name}
        for editor in self.hub.editors:
            if me & {editor.id.casefold(), *(login.casefold() for login in editor.logins)}:
                return editor.id
        raise UsageError(f"who are you? name one with --editor: {', '.join(editor.id for editor in self.hub.editors)}")

    @cached_property
    def desk(self) -> "Desk":
        """The desk with the editor at it, and the feeds as feeds.yaml has them now."""
        from feedhub.editors.desk import Desk
        from feedhub.store import feeds

        editor = self.editor
        feeds.reconcile(self.db, self.hub.feeds, self.hub.newsletter.id, self.now)
        return Desk(self.db, self.hub, editor, self.now)

    @cached_property
    def reader(self) -> "Desk":
        """The desk for looking only: it does not matter who looks."""
        from feedhub.editors.desk import Desk

        try:
            return self.desk
        except UsageError:
            return Desk(self.db, self.hub, "", self.now)


def now() -> datetime:
    """Return the time in UTC, or what FEEDHUB_NOW says: RFC 3339, for replay, tests and back-filling."""
    stated = os.environ.get("FEEDHUB_NOW")
    if not stated:
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(stated.strip())
    except ValueError:
        time = datetime.min
    if time.tzinfo is None:
        raise UsageError(f"FEEDHUB_NOW={stated!r} is no RFC 3339 time; write one such as 2019-12-12T10:00:00Z")
    return time.astimezone(UTC)


def git_setting(key: str) -> str | None:
    """Return what git is configured to, such as user.email; None without git or the setting."""
    import subprocess  # 10 ms, which most commands do not need

    try:
        found = subprocess.run(["git", "config", key], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603, S607
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None


def login() -> str:
    """Return the login name of whoever runs the command."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in the password file, as in some containers
        return f"uid-{os.getuid()}"
