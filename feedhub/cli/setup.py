"""init: a folder to start from."""

import os
import re
from importlib import resources
from pathlib import Path

import click

from feedhub.cli.output import hint, say
from feedhub.cli.session import Session, git_setting, login
from feedhub.errors import StorageError, UsageError


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.pass_obj
def init_command(session: Session, folder: Path) -> None:
    """Write a commented feeds.yaml with the feeds of this field, db/ and output/; never overwrites.

    \b
    Example:
      feedhub init weekly && cd weekly && feedhub poll
    """
    path = folder / "feeds.yaml"
    contact = _contact()
    template = resources.files("feedhub.cli").joinpath("feeds.template.yaml").read_text(encoding="utf-8")
    text = (
        template.replace("CONTACT", contact)
        .replace("YEAR", str(session.now.year))
        .replace("DOMAIN", contact.partition("@")[2])
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise UsageError(f"{path} is there already and stays as it is")
        for part in (folder / "db", folder / "output"):
            part.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StorageError(f"{error.filename or path} could not be made: {error.strerror}") from error
    say(str(path))
    hint(f"publishers will see {contact} as your contact; title, id and sections are yours to change in {path}")
    hint(f"next: {'' if folder == Path() else f'cd {folder} && '}feedhub poll && feedhub list --new")


def _contact() -> str:
    """Return the address to write into feeds.yaml: git's, or the login's on this machine."""
    email = git_setting("user.email") or ""
    if re.fullmatch(r"[^\s<>\"'#:]+@[A-Za-z0-9.-]+", email):
        return email
    host = re.sub(r"[^A-Za-z0-9.-]", "-", os.uname().nodename) or "localhost"
    return f"{login()}@{host}"
