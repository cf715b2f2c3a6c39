"""A process under the filter that tries one thing, and prints what became of it.

`python -m tests.secure_world.attempts NAME`: "done", or the name of the errno.
"""

import ctypes
import errno
import mmap
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from secure_world import hardening, seccomp

_libc = ctypes.CDLL(None, use_errno=True)
_NUMBERS = {  # x86_64, of calls that the table does not know
    "mount": 165,
    "unshare": 272,
    "keyctl": 250,
    "bpf": 321,
    "io_uring_setup": 425,
    "userfaultfd": 323,
    "perf_event_open": 298,
    "memfd_create": 319,
    "init_module": 175,
    "pidfd_getfd": 438,
    "setns": 308,
    "chroot": 161,
    "chown": 92,
    "setuid": 105,
    "personality": 135,
    "add_key": 248,
    "kexec_load": 246,
    "vmsplice": 278,
    "clone3": 435,
}
_PROTECTION = {"read": 1, "write": 2, "exec": 4}
_CLONE_NEWUSER, _SIGCHLD = 0x10000000, 17
_PR_SET_DUMPABLE, _TIOCSTI = 4, 0x5412


def _call(name: str, *arguments: int) -> None:
    number = _NUMBERS.get(name) or seccomp.numbers(0)[name]
    if _libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), name)


def _map(protection: int) -> int:
    _libc.mmap.restype = ctypes.c_void_p
    place = _libc.mmap(None, ctypes.c_size_t(4096), protection, 0x22, -1, ctypes.c_long(0))
    if place in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "mmap")
    return int(place)


def _make_executable() -> None:
    place = _map(_PROTECTION["read"] | _PROTECTION["write"])
    if _libc.mprotect(ctypes.c_void_p(place), ctypes.c_size_t(4096), 5) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _thread() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _x32() -> None:
    _libc.syscall(ctypes.c_long(0x40000000 + 39))  # getpid of x32


def _foreign() -> None:
    """getpid by the 32-bit entry, which has an architecture and numbers of its own."""
    code = bytes.fromhex("b814000000cd80c3")  # mov eax, 20; int 0x80; ret
    run = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    run.write(code)
    place = ctypes.addressof(ctypes.c_char.from_buffer(run))
    _PREPARED.append(ctypes.CFUNCTYPE(ctypes.c_int)(place))


_PREPARED: list[Callable[[], object]] = []
BEFORE: dict[str, Callable[[], None]] = {"int 0x80": _foreign}
ATTEMPTS: dict[str, Callable[[], object]] = {
    **{name: (lambda name=name: _call(name, 0, 0, 0, 0)) for name in _NUMBERS},  # type: ignore[misc]
    **{name: (lambda name=name: _call(name, 0, 0, 0, 0)) for name in seccomp.KILLED},  # type: ignore[misc]
    "x32": _x32,
    "int 0x80": lambda: _PREPARED[0](),
    "socket inet": lambda: socket.socket(socket.AF_INET),
    "socket inet6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
    "socket netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "socket packet": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "socket vsock": lambda: socket.socket(socket.AF_VSOCK),
    "socket alg": lambda: socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET),
    "socket unix": lambda: socket.socket(socket.AF_UNIX),
    "new namespace": lambda: _call("clone", _CLONE_NEWUSER | _SIGCHLD, 0, 0, 0),
    "map write exec": lambda: _map(7),
    "map exec": lambda: _map(5),
    "make executable": _make_executable,
    "be dumpable": lambda: _prctl(_PR_SET_DUMPABLE, 1),
    "type on a terminal": lambda: _call("ioctl", 0, _TIOCSTI, 0),
    "limits of others": lambda: _call("prlimit64", 1, 7, 0, 0),
    "fork": _fork,
    "thread": _thread,
    "random": lambda: os.getrandom(32),
    "import": lambda: __import__("cryptography.hazmat.primitives.ciphers.aead"),
    "read a file": lambda: Path("/proc/self/status").read_bytes(),
}


if __name__ == "__main__":
    wanted = sys.argv[1]
    BEFORE.get(wanted, lambda: None)()
    hardening.harden()
    assert seccomp.install()
    try:
        ATTEMPTS[wanted]()
    except OSError as error:
        print(errno.errorcode[error.errno or 0])
    else:
        print("done")
