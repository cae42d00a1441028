"""The command line: parses, calls one actor, prints. The only clock, and the only place that knows a terminal.

Commands are imported when they are called: `feedhub --version` costs what click costs.
"""

import errno
import importlib
import os
import signal
from pathlib import Path
from typing import Any

import click

from feedhub import __version__
from feedhub.cli.session import Session
from feedhub.errors import FeedhubError, StorageError, UnknownNameError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}

COMMANDS = {
    "init": ("setup", "Write a commented feeds.yaml, db/ and output/."),
    "demo": ("demo", "Show a recorded week from start to finish."),
    "poll": ("poll", "Visit the feeds that are due."),
    "status": ("status", "Say how each feed does."),
    "feed": ("feeds", "Add, check and look after feeds."),
    "list": ("reading", "List stories, the latest first."),
    "show": ("showing", "Show a story with all its entries."),
    "search": ("reading", "Find stories by their words."),
    "add": ("add", "Add a story that is in no feed."),
    "tag": ("desk", "Add and remove tags."),
    "annotate": ("notes", "Write the commentary on a story."),
    "pick": ("desk", "Put stories into the open issue."),
    "unpick": ("desk", "Take stories out of the open issue."),
    "drop": ("desk", "Put stories aside, with a reason."),
    "undrop": ("desk", "Bring dropped stories back."),
    "shortlist": ("desk", "Keep stories in view."),
    "unhide": ("desk", "Bring hidden stories to the desk."),
    "merge": ("merging", "Make one story of several."),
    "split": ("merging", "Give an entry a story of its own."),
    "why": ("merging", "Explain how a story came about."),
    "follow": ("watch", "Bring stories back when something happens."),
    "log": ("history", "List what editors did."),
    "undo": ("history", "Take back an act."),
    "redo": ("history", "Do again what undo took back."),
    "rule": ("rules", "Try and apply the rules of feeds.yaml."),
    "publish": ("publish", "Freeze the open issue and write its files."),
    "watch": ("watch", "List what changed since it was published."),
}
"""Where each command is, and what help says of it without importing it."""


class Shown(click.ClickException):
    """One line for a person, with the exit code of its class."""

    def __init__(self, error: FeedhubError) -> None:
        from feedhub.text.characters import one_line  # 8 ms, for a line that is seldom needed

        super().__init__(one_line(str(error)))
        self.exit_code = error.exit_code  # type: ignore[misc]  # click reads it from the instance as well

    def show(self, file: Any = None) -> None:
        """Print the line on stderr."""
        click.echo(f"feedhub: {self.format_message()}", err=True, file=file)


class Commands(click.Group):
    """The commands, imported when they are called; our errors become one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a week's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"feedhub.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{cmd_name}_command")
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was asked for, or say which ones are near."""
        if args[0] not in COMMANDS:
            raise UnknownNameError("command", args[0], COMMANDS, "see: feedhub --help")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except FeedhubError as error:
            raise Shown(error) from error
        except BrokenPipeError:
            # Whoever reads us has enough; Python would complain about the rest when it flushes at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            ctx.exit(141)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            raise Shown(_no_room(error)) from error


def _no_room(error: OSError) -> FeedhubError:
    return StorageError(f"{error.filename or 'the disk'}: {error.strerror}; make room and try again")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FEEDHUB"})
@click.version_option(__version__, prog_name="feedhub", message="%(prog)s %(version)s")
@click.option(
    "--hub", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="The folder with feeds.yaml (here)."
)
@click.option("--db", type=click.Path(path_type=Path), help="The database (db/feedhub.db in that folder).")
@click.option("--editor", metavar="ID", help="Who you are (found by git's user.email or your login).")
@click.option("-v", "--verbose", is_flag=True, help="Say of each visit what came of it.")
@click.pass_context
def cli(ctx: click.Context, hub: Path, db: Path | None, editor: str | None, verbose: bool) -> None:
    """Poll feeds, tell stories apart, edit, and publish a curated weekly.

    \b
    A week:
      feedhub init weekly && cd weekly
      feedhub poll
      feedhub list --new
      feedhub tag 12 --add kubernetes
      feedhub annotate 12 --text "Why it matters"
      feedhub pick 12 --section News
      feedhub publish
    """
    ctx.obj = ctx.with_resource(Session(hub, db, editor, verbose))


def main() -> None:
    """Run the command line; a signal ends it with 128 and its number."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = cli.main(prog_name="feedhub", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except (click.Abort, KeyboardInterrupt):
        click.echo("feedhub: interrupted", err=True)
        raise SystemExit(130) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(141) from None
    raise SystemExit(code if isinstance(code, int) else 0)  # What ctx.exit() was given, or what a command returned.


def _terminated(*_: object) -> None:
    raise SystemExit(143)
