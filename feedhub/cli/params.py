"""The kinds of argument that several commands take; click reports what is wrong with them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from feedhub.cli.session import Session
from feedhub.rules.composition import week_start

NAMES = click.argument("names", nargs=-1, required=True, metavar="N...")
NAME = click.argument("name", metavar="N")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class Day(click.ParamType[datetime]):
    """A day (2019-12-09) or an RFC 3339 time; a day begins at midnight in the newsletter's zone."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time in UTC."""
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; write one such as 2019-12-09", param, ctx)
        if time.tzinfo is None:
            time = time.replace(tzinfo=_session(ctx).hub.newsletter.timezone)
        return time.astimezone(UTC)


class Week(click.ParamType[tuple[datetime, datetime]]):
    """A week: 2019-W50, this or last, in the newsletter's week."""

    name = "week"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[datetime, datetime]:
        """Return the week's first moment and the next week's."""
        letter, now = _session(ctx).hub.newsletter, _session(ctx).now
        found = re.fullmatch(r"(\d{4})-W(\d{2})", value)
        try:
            if found:
                monday = datetime.fromisocalendar(int(found[1]), int(found[2]), 1).replace(
                    hour=12, tzinfo=letter.timezone
                )
                # The day in the middle of the ISO week lies in the newsletter's week of that name.
                start = week_start(monday + timedelta(days=3), letter)
            else:
                start = week_start(now - {"this": timedelta(), "last": timedelta(weeks=1)}[value], letter)
        except (KeyError, ValueError):
            self.fail(f"{value!r} is no week; write one such as 2019-W50, this or last", param, ctx)
        return start, week_start(start + timedelta(days=7, hours=12), letter)


def _session(ctx: click.Context | None) -> Session:
    found = ctx.find_object(Session) if ctx else None
    if found is None:
        raise click.UsageError("dates need a feeds.yaml to be read by")
    return found
