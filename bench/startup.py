"""Measure how long `feedhub --version` takes to start, as a ratio to importing what it cannot do without.

    python bench/startup.py [RUNS]

Both commands run in turn, so that a noisy machine slows both; the ratio is taken pair by pair (promised: 2).
"""

import resource
import statistics
import subprocess
import sys

FEEDHUB = [sys.executable, "-m", "feedhub", "--version"]
YARDSTICK = [sys.executable, "-c", "import click, sqlite3"]


def cpu_seconds(command: list[str]) -> float:
    """Return the user and system time that a command took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print the medians and the ratio."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    pairs = [(cpu_seconds(FEEDHUB), cpu_seconds(YARDSTICK)) for _ in range(runs)]
    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    times = f"feedhub {ours * 1000:.0f} ms, click and sqlite3 {theirs * 1000:.0f} ms"
    print(f"{times}: ratio {ratio:.2f} (at most 2)")


if __name__ == "__main__":
    main()
