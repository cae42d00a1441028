"""Measure how long a quiet poll takes when every server thinks for a while before it answers.

    python bench/latency.py CORPUS [--rounds 3]

With 64 connections no poll can be faster than requests x mean latency / 64, nor than the slowest answer. Promised is at
most 1.3 times the longer of the two, beyond start-up: what a poll of a single feed of the same hub takes.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

import programs
from measuring import Server, measure, serving
from programs import poll

CONNECTIONS = 64
PROMISED = 1.3
DELAYS = {"50 ms": "constant:0.05", "lognormal 200 ms": "lognormal:0.2:0.6"}


def bound(server: Server) -> float:
    """Return the seconds that the server's delays alone took, at best, since the last time it was asked."""
    counted = server.counters()
    return max(counted["delayed"] / CONNECTIONS, counted["slowest"])


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name, serving(asked.corpus) as server:
        folder, log = Path(name), Path(name) / "log"
        programs.feedhub().subscribe(folder, server.feeds)
        measure(poll(folder), log)
        startup = median(measure(poll(folder, "--feed", "f0"), log).wall for _ in range(asked.rounds))
        print(
            f"start-up {startup:.2f} s\n\n| latency | wall s | beyond start-up | at best | ratio (at most {PROMISED}) |"
        )
        print("|---|---:|---:|---:|---:|")
        for label, delay in DELAYS.items():
            server.set(delay=delay)
            server.counters()
            found = [(measure(poll(folder), log).wall, bound(server)) for _ in range(asked.rounds)]
            wall, best = (median(each) for each in zip(*found, strict=True))
            ratio = median((one - startup) / least for one, least in found)
            print(f"| {label} | {wall:.2f} | {wall - startup:.2f} | {best:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
