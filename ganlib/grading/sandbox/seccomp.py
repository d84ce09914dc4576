"""A filter of system calls for the sandbox, as a BPF program: what no exercise needs and attacks do is refused.

Linux, `Documentation/userspace-api/seccomp_filter.rst`; the numbers are those of `asm/unistd.h`.
"""

from __future__ import annotations

import errno
import platform
import struct

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000  # SECCOMP_RET_ALLOW, _ERRNO, _KILL_PROCESS
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF: LD|W|ABS, JMP|JEQ, JGE, JSET, RET
AND = 0x54  # BPF: ALU|AND|K
NUMBER, ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
FIRST_ARGUMENT, SECOND_ARGUMENT, FOURTH_ARGUMENT = 16, 24, 40
SHARED_ANONYMOUS = 0x01 | 0x20  # MAP_SHARED (or MAP_SHARED_VALIDATE) with MAP_ANONYMOUS: pages that no process counts
X32 = 0x40000000  # x86-64's second numbering of the same calls
NEW_NAMESPACES = 0x7E020000 | 0x80  # CLONE_NEW*: namespaces give capabilities in them
FAMILIES = (1, 2, 10, 16)  # AF_UNIX, AF_INET, AF_INET6, AF_NETLINK; others may reach past the sandbox

# Tracing others, mounts and namespaces, memory that no limit counts, objects that outlive their process, keys, kernel
# modules, large rarely used parts.
# OWN_ONLY: calls that may change the caller alone. The sandbox's first process is of the same user, and forks the next.
OWN_ONLY = ("prlimit64", "sched_setparam", "sched_setscheduler", "sched_setattr", "sched_setaffinity")
SPECIAL = ("socket", "clone", "clone3", "mmap", "setpriority", *OWN_ONLY)  # looked at, not just refused
BOTH = {"clone3": 435, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
        "fspick": 433, "mount_setattr": 442,
        "pidfd_getfd": 438, "io_uring_setup": 425, "memfd_secret": 447}  # fmt: skip
X86_64 = {"socket": 41, "clone": 56, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "mount": 165,
          "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "memfd_create": 319,
          "shmget": 29, "shmat": 30, "shmctl": 31, "shmdt": 67, "semget": 64, "semop": 65, "semctl": 66,
          "semtimedop": 220, "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "mq_open": 240,
          "inotify_init": 253, "inotify_init1": 294, "fanotify_init": 300, "timer_create": 222, "mmap": 9,
          "prlimit64": 302, "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144,
          "sched_setaffinity": 203, "sched_setattr": 314, "ioprio_set": 251,
          "add_key": 248, "request_key": 249, "keyctl": 250, "bpf": 321,
          "perf_event_open": 298, "userfaultfd": 323, "name_to_handle_at": 303, "open_by_handle_at": 304, "kcmp": 312,
          "kexec_load": 246, "kexec_file_load": 320, "init_module": 175, "finit_module": 313, "delete_module": 176,
          "syslog": 103, "quotactl": 179, "swapon": 167, "reboot": 169, "personality": 135}  # fmt: skip
AARCH64 = {"socket": 198, "clone": 220, "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "mount": 40,
           "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268, "memfd_create": 279,
           "shmget": 194, "shmat": 196, "shmctl": 195, "shmdt": 197, "semget": 190, "semop": 193, "semctl": 191,
          "semtimedop": 192, "msgget": 186, "msgsnd": 189, "msgrcv": 188, "msgctl": 187, "mq_open": 180,
          "inotify_init1": 26, "fanotify_init": 262, "timer_create": 107, "mmap": 222,
           "prlimit64": 261, "setpriority": 140, "sched_setparam": 118, "sched_setscheduler": 119,
           "sched_setaffinity": 122, "sched_setattr": 274, "ioprio_set": 30,
          "add_key": 217, "request_key": 218, "keyctl": 219, "bpf": 280,
           "perf_event_open": 241, "userfaultfd": 282, "name_to_handle_at": 264, "open_by_handle_at": 265, "kcmp": 272,
           "kexec_load": 104, "kexec_file_load": 294, "init_module": 105, "finit_module": 273, "delete_module": 106,
           "syslog": 116, "quotactl": 60, "swapon": 224, "reboot": 142, "personality": 92}  # fmt: skip
MACHINES = {"x86_64": (0xC000003E, X86_64), "aarch64": (0xC00000B7, AARCH64)}


def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def refuse(error: int) -> bytes:
    return step(RETURN, REFUSE | error)


def program(machine: str | None = None) -> bytes | None:
    """Return the filter for a machine (default: this one), or None if its numbers are not known here."""
    machine = machine or platform.machine()
    if machine not in MACHINES:
        return None
    audit, own = MACHINES[machine]
    calls = own | BOTH
    own_only = [calls[name] for name in OWN_ONLY]
    socket, clone, clone3, mmap, setpriority = (calls[name] for name in SPECIAL[:5])
    calls = {name: number for name, number in calls.items() if name not in SPECIAL}
    allow = step(RETURN, ALLOW)
    parts = [step(LOAD, ARCHITECTURE), step(EQUAL, audit, 1, 0), step(RETURN, KILL), step(LOAD, NUMBER)]
    if machine == "x86_64":
        parts += [step(AT_LEAST, X32, 0, 1), step(RETURN, KILL)]
    for number in calls.values():
        parts += [step(EQUAL, number, 0, 1), refuse(errno.EPERM)]
    for number in own_only:
        parts += [step(EQUAL, number, 0, 4), step(LOAD, FIRST_ARGUMENT), step(EQUAL, 0, 0, 1), allow,
                  refuse(errno.EPERM)]  # fmt: skip
    parts += [step(EQUAL, setpriority, 0, 6), step(LOAD, FIRST_ARGUMENT), step(EQUAL, 0, 0, 3),
              step(LOAD, SECOND_ARGUMENT), step(EQUAL, 0, 0, 1), allow, refuse(errno.EPERM)]  # fmt: skip
    # glibc falls back from clone3 to clone, whose flags can be looked at.
    parts += [step(EQUAL, clone3, 0, 1), refuse(errno.ENOSYS)]
    parts += [step(EQUAL, clone, 0, 4), step(LOAD, FIRST_ARGUMENT), step(ANY_BIT, NEW_NAMESPACES, 0, 1),
              refuse(errno.EPERM), allow]  # fmt: skip
    parts += [step(EQUAL, mmap, 0, 5), step(LOAD, FOURTH_ARGUMENT), step(AND, SHARED_ANONYMOUS),
              step(EQUAL, SHARED_ANONYMOUS, 0, 1), refuse(errno.EPERM), allow]  # fmt: skip
    parts += [step(EQUAL, socket, 1, 0), allow, step(LOAD, FIRST_ARGUMENT)]
    for family in FAMILIES:
        parts += [step(EQUAL, family, 0, 1), allow]
    return b"".join([*parts, refuse(errno.EAFNOSUPPORT)])
