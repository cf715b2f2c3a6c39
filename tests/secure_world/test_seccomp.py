"""The filter of system calls: as the kernel runs it here, and as it reads on other machines."""

import ctypes
import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from secure_world import seccomp
from tests.secure_world.process import ROOT

X86_64, AARCH64, ARM = ((0xC000003E, 0), (0xC00000B7, 1), (0x40000028, 2))
NAMES = {X86_64: "x86_64", AARCH64: "aarch64", ARM: "arm"}
EPERM, ENOSYS = seccomp.ERRNO | errno.EPERM, seccomp.ERRNO | errno.ENOSYS

NO_SUCH_ENTRY = ("int 0x80", -signal.SIGSEGV)  # of a kernel that was built without it

here = pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")


def attempt(name: str) -> str:
    """What became of it in a process under the filter."""
    command = [sys.executable, "-m", "tests.secure_world.attempts", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == -signal.SIGSYS or (name, done.returncode) == NO_SUCH_ENTRY:
        return "killed"
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@here
@pytest.mark.parametrize("name", sorted([*seccomp.KILLED, "x32", "int 0x80"]))
def test_what_only_an_intruder_would_try_kills(name: str) -> None:
    assert attempt(name) == "killed"


@here
@pytest.mark.parametrize(
    "name",
    [
        *"mount unshare keyctl bpf io_uring_setup userfaultfd perf_event_open memfd_create".split(),
        *"init_module pidfd_getfd setns chroot chown setuid personality add_key".split(),
        *"kexec_load vmsplice".split(),
        *(f"socket {family}" for family in "inet inet6 netlink packet vsock alg".split()),
        *("new namespace", "map write exec", "map exec", "make executable", "be dumpable"),
        *("type on a terminal", "limits of others"),
    ],
)
def test_what_it_does_not_need_is_refused(name: str) -> None:
    assert attempt(name) == "EPERM"


@here
@pytest.mark.parametrize(
    "name", ["socket unix", "fork", "thread", "random", "import", "read a file"]
)
def test_what_it_needs_is_allowed(name: str) -> None:
    assert attempt(name) == "done"


@here
def test_the_c_library_is_told_to_fork_the_readable_way() -> None:
    assert attempt("clone3") == "ENOSYS"


# -- the program, run by a machine of a dozen lines ---------------------------------------------


def verdict(steps: list[seccomp.Step], architecture: int, number: int, *arguments: int) -> int:
    """What the kernel would answer."""
    data = [number, architecture, 0, 0]
    for argument in (*arguments, *(0,) * (6 - len(arguments))):
        data += [argument & 0xFFFFFFFF, argument >> 32]
    at = held = 0
    while True:
        code, if_true, if_false, constant = steps[at]
        at += 1
        if code == 0x20:
            held = data[constant // 4]
        elif code == 0x54:
            held &= constant
        elif code == 0x06:
            return constant
        else:
            true = {0x15: held == constant, 0x35: held >= constant, 0x45: bool(held & constant)}
            at += if_true if true[code] else if_false


@pytest.mark.parametrize("machine", NAMES, ids=NAMES.values())
def test_the_same_law_on_every_machine(machine: tuple[int, int]) -> None:
    architecture, column = machine
    steps, known = seccomp.program(architecture, column), seccomp.numbers(column)
    assert len(steps) < 4096  # the kernel's limit

    def ask(name: str, *arguments: int) -> int:
        return verdict(steps, architecture, known[name], *arguments)

    for name in ("read", "sendto", "recvfrom", "fdatasync", "openat", "wait4", "getrandom"):
        assert ask(name) == seccomp.ALLOW
    for name in seccomp.KILLED:
        assert ask(name) == seccomp.KILL
    assert ask("clone3") == ENOSYS
    assert ask("clone", 0x01200011) == seccomp.ALLOW  # fork
    assert ask("clone", 0x003D0F00) == seccomp.ALLOW  # a thread
    assert ask("clone", 0x10000011) == EPERM
    assert [ask("socket", family) for family in (1, 2, 10, 16, 17)] == [seccomp.ALLOW, *[EPERM] * 4]
    mapping = "mmap2" if machine == ARM else "mmap"
    assert ask(mapping, 0, 4096, 3, 0x22) == seccomp.ALLOW
    assert ask(mapping, 0, 4096, 5, 0x02) == seccomp.ALLOW  # a library's code
    assert ask(mapping, 0, 4096, 7, 0x02) == EPERM
    assert ask(mapping, 0, 4096, 5, 0x22) == EPERM
    assert (ask("mprotect", 0, 1, 1), ask("mprotect", 0, 1, 5)) == (seccomp.ALLOW, EPERM)
    assert (ask("prctl", 1), ask("prctl", 4)) == (seccomp.ALLOW, EPERM)
    assert (ask("prlimit64", 0), ask("prlimit64", 1)) == (seccomp.ALLOW, EPERM)
    unknown = set(range(500)) - set(known.values())
    assert {verdict(steps, architecture, number) for number in unknown} == {EPERM}
    for other in NAMES:
        if other != machine:
            assert verdict(steps, other[0], known["read"]) == seccomp.KILL
    if machine == X86_64:
        assert verdict(steps, architecture, 0x40000000) == seccomp.KILL


# -- the numbers, against two other sources -----------------------------------------------------


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        (X86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        (AARCH64, "/usr/include/asm-generic/unistd.h"),  # aarch64 has no others
    ],
    ids=["x86_64", "aarch64"],
)
def test_numbers_are_those_of_the_kernels_headers(machine: tuple[int, int], header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"{header}: not installed (Debian: linux-libc-dev)")
    text = Path(header).read_text("utf-8")
    found = dict(re.findall(r"#define\s+__NR(?:3264)?_(\w+)\s+(\d+)", text))
    found.setdefault("newfstatat", found.get("fstatat", ""))  # its name where a long has 64 bits
    table = seccomp.numbers(machine[1])
    assert {name: int(found[name]) for name in table} == table


@pytest.mark.parametrize("machine", NAMES, ids=NAMES.values())
def test_numbers_are_those_of_libseccomp(machine: tuple[int, int]) -> None:
    try:
        resolve = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name_arch
    except OSError:
        pytest.skip("libseccomp is not installed")
    resolve.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    architecture, column = machine
    every = {name for other in NAMES for name in seccomp.numbers(other[1])}
    told = {name: resolve(architecture, name.encode()) for name in every}
    assert {name: number for name, number in told.items() if number >= 0} == seccomp.numbers(column)


def test_a_machine_that_is_not_known_gets_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "MACHINES", {})
    assert seccomp.install() is False
