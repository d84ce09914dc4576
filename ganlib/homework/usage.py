"""What a process and all its descendants use, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


class Usage(NamedTuple):
    """seconds: computing time of all, also of those that ended; memory: bytes; processes: how many there are."""

    seconds: float
    memory: int
    processes: int


def stat_of(pid: str) -> tuple[int, float, int] | None:
    """Return a process's (parent, seconds, resident bytes), or None if it is gone."""
    try:
        text = (PROC / pid / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[1]), sum(map(int, fields[11:15])) / TICK, int(fields[21]) * PAGE


def family(first: int) -> dict[int, tuple[int, float, int]]:
    """Return the stat of a process and of all its descendants, by number."""
    stats = {int(pid): stat for pid in os.listdir(PROC) if pid.isdigit() and (stat := stat_of(pid))}
    children: dict[int, list[int]] = {}
    for pid, (parent, _, _) in stats.items():
        children.setdefault(parent, []).append(pid)
    found, waiting = {}, [first]
    while waiting:
        pid = waiting.pop()
        if pid in stats and pid not in found:
            found[pid] = stats[pid]
            waiting += children.get(pid, [])
    return found


def usage(first: int, enough: int) -> Usage:
    """Return what a process and its descendants use.

    Memory that forks share would be counted once for each; where that makes more than `enough`, it is counted properly.
    """
    members = family(first)
    memory = sum(resident for _, _, resident in members.values())
    if memory > enough:
        memory = sum(proportional(pid, resident) for pid, (_, _, resident) in members.items() if pid != first)
    return Usage(sum(seconds for _, seconds, _ in members.values()), memory, len(members))


def proportional(pid: int, resident: int) -> int:
    """Return a process's memory with what it shares divided among the sharers; what is resident if nobody may ask."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return resident
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
