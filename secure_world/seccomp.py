"""Which system calls this process and its children may still make: a filter of our own (seccomp).

    architecture is not ours, or x32      kill
    KILLED                                kill: only somebody who has taken over would try
    in the table, arguments as bounded    allow
    clone3                                ENOSYS: its flags cannot be read, so clone is used instead
    anything else                         EPERM

Software home only. The kernel runs the filter on 32-bit words of `struct seccomp_data`; of an
argument the low half is read, which is all that the kernel itself takes of those bounded here.
"""

import ctypes
import errno
import os
import struct
import sys

from secure_world.seccomp_table import NUMBERS

_PR_SET_SECCOMP, _FILTER = 22, 2  # linux/prctl.h, linux/seccomp.h
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000  # linux/seccomp.h, SECCOMP_RET_…
# linux/bpf_common.h: load a word, jump if equal, at least, or any bit set, and, return
_LD, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # linux/seccomp.h, struct seccomp_data
_X32 = 0x40000000
# AUDIT_ARCH_… (linux/audit.h) and column of the table, by machine and width of a pointer.
_ARM = (0x40000028, 2)
MACHINES = {
    ("x86_64", 64): (0xC000003E, 0),
    ("aarch64", 64): (0xC00000B7, 1),
    ("aarch64", 32): _ARM,
    ("armv8l", 32): _ARM,
    ("armv7l", 32): _ARM,
    ("armv6l", 32): _ARM,
}
KILLED = frozenset("execve execveat ptrace process_vm_readv process_vm_writev".split())

_AF_UNIX, _MAP_ANONYMOUS = 1, 0x20
_WRITE, _EXEC = 2, 4  # PROT_…
_NAMESPACES = 0x7E020000  # CLONE_NEW…
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# PR_SET_PDEATHSIG, PR_GET_(PDEATHSIG DUMPABLE), PR_(SET GET)_NAME, PR_GET_SECCOMP,
# PR_GET_NO_NEW_PRIVS, PR_SET_VMA (the C library names its heaps)
_PRCTLS = (1, 2, 3, 15, 16, 21, 39, 0x53564D41)

Step = tuple[int, int, int, int]  # struct sock_filter: code, jump if true, if false, constant


def _return(verdict: int) -> Step:
    return _RET, 0, 0, verdict


_OK, _REFUSED = _return(ALLOW), _return(ERRNO | errno.EPERM)


def _argument(number: int) -> Step:
    return _LD, 0, 0, _ARGUMENTS + 8 * number


def _one_of(number: int, values: tuple[int, ...]) -> list[Step]:
    """Allow if the argument is one of `values`."""
    tests = [step for value in values for step in ((_JEQ, 0, 1, value), _OK)]
    return [_argument(number), *tests, _REFUSED]


def _without(number: int, bits: int) -> list[Step]:
    """Allow if the argument has none of `bits`."""
    return [_argument(number), (_JSET, 0, 1, bits), _REFUSED, _OK]


def _mapping() -> list[Step]:
    """No memory that is both writable and executable, and none executable but a file's."""
    return [
        *(_argument(2), (_AND, 0, 0, _WRITE | _EXEC), (_JEQ, 0, 1, _WRITE | _EXEC), _REFUSED),
        *(_argument(2), (_JSET, 1, 0, _EXEC), _OK),
        *_without(3, _MAP_ANONYMOUS),
    ]


_BOUNDED = {
    "clone": _without(0, _NAMESPACES),
    "clone3": [_return(ERRNO | errno.ENOSYS)],
    "ioctl": _one_of(1, _IOCTLS),
    "mmap": _mapping(),
    "mmap2": _mapping(),
    "mprotect": _without(2, _EXEC),
    "prctl": _one_of(0, _PRCTLS),
    "prlimit64": _one_of(0, (0,)),
    "socket": _one_of(0, (_AF_UNIX,)),
    "socketpair": _one_of(0, (_AF_UNIX,)),
    **{name: [_return(KILL)] for name in KILLED},
}


def numbers(column: int) -> dict[str, int]:
    """The table's system calls that an architecture has, in the table's order."""
    rows = (line.split() for line in NUMBERS.splitlines() if line and line[0] != "#")
    return {row[0]: int(row[1 + column]) for row in rows if row[1 + column] != "-"}


def program(architecture: int, column: int) -> list[Step]:
    """The filter for one architecture."""
    steps = [
        *((_LD, 0, 0, _ARCHITECTURE), (_JEQ, 1, 0, architecture), _return(KILL)),
        (_LD, 0, 0, _NUMBER),
    ]
    if column == 0:  # x32 has the same architecture and numbers of its own
        steps += [(_JGE, 0, 1, _X32), _return(KILL)]
    for name, number in numbers(column).items():
        block = _BOUNDED.get(name, [_OK])
        steps += [(_JEQ, 0, len(block), number), *block]
    return [*steps, _REFUSED]


def install() -> bool:
    """Filter this process from now on, for good; whether the kernel and this machine know how.

    Needs no_new_privs (hardening.py). Only for a process with one thread.
    """
    known = MACHINES.get((os.uname().machine, 64 if sys.maxsize > 1 << 32 else 32))
    if known is None:
        return False
    steps = program(*known)
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    place = ctypes.cast(ctypes.c_char_p(code), ctypes.c_void_p).value
    loaded = struct.pack("HP", len(steps), place)  # struct sock_fprog
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER, loaded, 0, 0) == 0)
