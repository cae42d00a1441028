"""Measure polls: what they cost feedhub and, where they are installed, other feed readers, in turn against one server.

    python bench/polls.py CORPUS [--rounds 3] [--reader PYTHON] [--newsboat newsboat] [--out FILE]

Scenarios, in this order: cold (everything is new), quiet (all answers are 304), changed (each round is a revision more:
5 % of the feeds have news, all others answer 304), unchanged (the same bodies as before, without validators). Prints a
table; --out appends every single run to a file, as JSON.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import programs
from measuring import Cost, Server, measure, serving
from programs import Program

TARGETS = {
    ("cold", "reader"): 8.0,
    ("cold", "newsboat"): 3.0,
    ("quiet", "reader"): 8.0,
    ("changed", "reader"): 6.7,
    ("unchanged", "reader"): 33.3,
    ("unchanged", "newsboat"): 30.0,
}
"""How many times less processor time feedhub is to take; for changed and unchanged what a yarr at 0.30 and 0.24 of
reader's time, at least 2 and 8 times as much as feedhub's, comes to."""


@dataclass(frozen=True, slots=True)
class Run:
    """One poll of one program: what it cost, and what the server saw of it."""

    scenario: str
    round: int
    program: str
    cost: Cost
    entries: int
    counted: dict[str, float]

    @property
    def others(self) -> float:
        """How many cores were busy with something else; from 0.3 on the wall time says little."""
        return max(0.0, (self.cost.busy - self.cost.cpu - self.counted["processor"]) / self.cost.wall)


def run(scenario: str, number: int, program: Program, folder: Path, server: Server) -> Run:
    """Have a program poll once."""
    server.counters()
    cost = measure(program.command(folder), folder / "log")
    return Run(scenario, number, program.name, cost, program.entries(folder), server.counters())


def runs(measured: Sequence[Program], server: Server, folder: Path, rounds: int) -> Iterator[Run]:
    """Yield every poll of every program: the programs in turn, so that a noisy minute hurts all of them."""
    for program in measured:
        (folder / program.name).mkdir()
        program.subscribe(folder / program.name, server.feeds)
    for scenario, many in (("cold", 1), ("quiet", rounds), ("changed", rounds), ("unchanged", rounds)):
        server.set(validators="no" if scenario == "unchanged" else "yes")
        for number in range(1, many + 1):
            if scenario == "changed":
                server.set(revision=number)
            for program in measured:
                yield run(scenario, number, program, folder / program.name, server)


def table(found: Sequence[Run]) -> str:
    """Return medians as a table in Markdown, with how many times as much the others take as feedhub."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for one in found:
        groups.setdefault((one.scenario, one.program), []).append(one)
    heads = "scenario, program, CPU s, x feedhub, target, wall s, MB largest, MB all, 200, 304, entries, others".split(
        ", "
    )
    lines = ["| " + " | ".join(heads) + " |", "|---|---|" + "---:|" * 10]
    for (scenario, program), group in groups.items():
        cpu = median(one.cost.cpu for one in group)
        ratio = cpu / median(one.cost.cpu for one in groups[scenario, "feedhub"])
        wall, others = median(one.cost.wall for one in group), max(one.others for one in group)
        memory = [max(one.cost.largest for one in group), max(one.cost.together for one in group)]
        answers = [group[-1].counted.get(status, 0) for status in ("200", "304")]
        numbers = [f"{wall:.2f}", *(f"{size:.0f}" for size in memory), *(f"{count:.0f}" for count in answers)]
        target = TARGETS.get((scenario, program), "")
        cells = [scenario, program, f"{cpu:.2f}", f"{ratio:.1f}", target, *numbers, group[-1].entries, f"{others:.1f}"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def chosen(asked: argparse.Namespace) -> list[Program]:
    """Return the programs that the arguments name."""
    measured = [programs.feedhub()]
    if asked.reader:
        measured.append(programs.reader(asked.reader))
    if asked.newsboat:
        measured.append(programs.newsboat(asked.newsboat))
    return measured


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reader", metavar="PYTHON", help="a Python that has lemon24/reader")
    parser.add_argument("--newsboat", metavar="COMMAND")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name, serving(asked.corpus) as server:
        for one in runs(chosen(asked), server, Path(name), asked.rounds):
            found.append(one)
            print(f"{one.scenario} {one.round} {one.program}: {one.cost.cpu:.2f} s", file=sys.stderr)
            if asked.out:
                with asked.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(one)) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
