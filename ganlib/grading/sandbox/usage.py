"""What a process and all its descendants use, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


class Usage(NamedTuple):
    """seconds: computing time of all, also of those that ended; memory: bytes, files in memory among them;
    processes: how many there are; files: how many lie in the writable folders; opened: how many all of them hold open,
    since pipes and sockets have buffers in the kernel.
    """

    seconds: float
    memory: int
    processes: int
    files: int = 0
    opened: int = 0


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


def usage(first: int, enough: int, folders: tuple[str, ...] = ()) -> Usage:
    """Return what a process and its descendants use. folders: file systems in memory, as the first process sees them.

    Memory that forks share would be counted once for each; where that makes more than `enough`, it is counted properly.
    """
    members = family(first)
    stored, files = in_folders(first, folders)
    memory = stored + sum(resident for _, _, resident in members.values())
    if memory > enough:
        memory = stored + sum(proportional(pid, resident) for pid, (_, _, resident) in members.items() if pid != first)
    opened = sum(count_opened(pid) for pid in members if pid != first)
    return Usage(sum(seconds for _, seconds, _ in members.values()), memory, len(members), files, opened)


def in_folders(first: int, folders: tuple[str, ...]) -> tuple[int, int]:
    """Return how many bytes and files lie in file systems in memory."""
    stored = files = 0
    for folder in folders:
        try:
            about = os.statvfs(f"{PROC}/{first}/root{folder}")
        except OSError:
            continue
        stored += (about.f_blocks - about.f_bfree) * about.f_frsize
        files += about.f_files - about.f_ffree
    return stored, files


def count_opened(pid: int) -> int:
    """Return how many files a process holds open, 0 if nobody may ask."""
    try:
        return len(os.listdir(PROC / str(pid) / "fd"))
    except OSError:
        return 0


def proportional(pid: int, resident: int) -> int:
    """Return a process's memory with what it shares divided among the sharers; what is resident if nobody may ask."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return resident
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
