"""rule list, test and apply: what rules find among stored stories, before they are relied on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import click

from feedhub.cli.output import hint, say, say_json, table
from feedhub.cli.params import JSON
from feedhub.cli.session import Session
from feedhub.editors import ruling
from feedhub.editors.ruling import Finding
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import Rule
from feedhub.model.ruling import Amendment
from feedhub.store import rules
from feedhub.text import terms
from feedhub.text.characters import one_line


@click.group("rule")
def rule_command() -> None:
    """Try and apply the rules of feeds.yaml.

    Polls apply them to what is new or has a new text; what is stored is left as it is until `rule apply`.

    \b
    Example:
      feedhub rule test security && feedhub rule apply
    """


@rule_command.command("list")
@JSON
@click.pass_obj
def list_command(session: Session, as_json: bool) -> None:
    """List the rules, in the order of feeds.yaml, and how many stories each had something to say of.

    \b
    Example:
      feedhub rule list
    """
    counts = rules.counts(session.db)
    for rule in session.hub.rules if as_json else ():
        does = {"tag": list(rule.tags), "score": rule.score, "hide": rule.hide, "section": rule.section}
        say_json({"name": rule.name, "match": rule.match, **does, "stories": counts.get(rule.name, 0)})
    if not as_json:
        lines = ((rule.name, _does(rule), str(counts.get(rule.name, 0)), rule.match) for rule in session.hub.rules)
        table(lines, (18, 36, 6))
    if not session.hub.rules:
        hint("feeds.yaml has no rules")


@rule_command.command("test")
@click.argument("name", required=False)
@click.option("--match", metavar="TERMS", help="Try these terms, in place of those that the rule has.")
@click.option("--weeks", type=click.IntRange(1, 520), default=4, show_default=True, help="How far to look back.")
@JSON
@click.pass_obj
def test_command(session: Session, name: str | None, match: str | None, weeks: int, as_json: bool) -> None:
    """Show what a rule finds among the stories of the last weeks, and what applying it would do. Nothing is changed.

    The rule is as feeds.yaml has it now. A story is new where the rule has said nothing of it yet, lost where it did
    and does not match any more.

    \b
    Example:
      feedhub rule test security --weeks 8
    """
    tried, name = _tried(session, name, match)
    found = list(ruling.attempt(session.db, tried, name, session.now - timedelta(weeks=weeks)))
    for one in found if as_json else ():
        said = {"matched": one.matched, "new": one.is_new, "lost": one.matched is None, "does": list(one.does)}
        say_json({"number": one.story, "title": one.title, **said})
    if not as_json:
        table(((str(one.story), _kind(one), one.matched or "", one.title) for one in found), (5, 4, 30))
    hits = sum(one.matched is not None for one in found)
    new = sum(one.is_new for one in found)
    summary = {"rule": name, "weeks": weeks, "hits": hits, "new": new, "lost": len(found) - hits}
    say_json({"summary": summary}) if as_json else None
    hint(f"{hits} hits in {weeks} weeks, {new} of them new, {len(found) - hits} lost; {_would(found)}")


@rule_command.command("apply")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@JSON
@click.pass_obj
def apply_command(session: Session, dry_run: bool, as_json: bool) -> None:
    """Apply the rules to all stored stories, as one act that `undo` takes back, or one for each thousand stories.

    What a rule gave that gives it no more is taken back; tags that you removed, stories that you decided on or brought
    back stay as they are.

    \b
    Example:
      feedhub rule apply --dry-run
    """
    found = tuple(ruling.plan(session.db, session.hub.rules)) if dry_run else ruling.apply(session.desk)
    for one in found:
        _say_amended(one, as_json)
    hint(f"{len(found)} stories {'would be' if dry_run else 'are'} changed")


def _tried(session: Session, name: str | None, match: str | None) -> tuple[Sequence[Rule], str]:
    """Return the rules, that which is tried with the terms that are tried, and what it is called."""
    known = session.hub.rules
    if match is None and name is None:
        raise UsageError("name a rule of feeds.yaml, or try terms: feedhub rule test --match 'title: kubernetes'")
    if match is not None:
        terms.parse(match)
    if name is None:
        return (*known, Rule("-", match or "")), "-"
    if name not in {rule.name for rule in known}:
        raise UnknownNameError("rule", name, [rule.name for rule in known], "see: feedhub rule list")
    return [replace(rule, match=match) if match and rule.name == name else rule for rule in known], name


def _does(rule: Rule) -> str:
    """Say in a few words what a rule does."""
    said = [f"#{tag}" for tag in rule.tags]
    said += [f"{rule.score:+}"] if rule.score else []
    said += [f"hide: {rule.hide}"] if rule.hide else []
    return " ".join([*said, *([f"to {rule.section}"] if rule.section else [])])


def _kind(one: Finding) -> str:
    return "lost" if one.matched is None else "new" if one.is_new else ""


def _would(found: Sequence[Finding]) -> str:
    changed = sum(bool(one.does) for one in found)
    return f"rule apply would change {changed} stories by it"


def _say_amended(one: Amendment, as_json: bool) -> None:
    changes = list(dict.fromkeys((said.by, said.what, said.matched) for said in one.decisions))
    if as_json:
        said = [{"by": by, "what": what, "matched": matched} for by, what, matched in changes]
        say_json({"number": one.ruled.story, "title": one.ruled.title, "changes": said})
        return
    table([(str(one.ruled.story), one.ruled.title)], (5,))
    for by, what, matched in changes:
        say("       " + one_line(f"{by}: {what}{f' ({matched})' if matched else ''}"))
