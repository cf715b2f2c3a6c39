"""A30, A31: during a trade no other program's memory holds any key, in any form, or mnemonic."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mnemonic import Mnemonic

from normal_world.demo.stage import NODES
from secure_world.protocol import Provisioned, SecureWorld
from tests.e2e import pair as pairs
from tests.e2e.memory import dump, found_in, secrets_of, traces
from tests.e2e.pair import Pair, check, running_pair

DELIVERY_UWH = 40_000  # some ten seconds
LIMIT_S = 120.0
PROGRAMS = [f"{program}:{node}" for program in ("meterd", "noded") for node in NODES]


def restored(words: list[str]) -> object:
    """In the place of `provision`: keys of a mnemonic that the test knows."""

    def provision(world: SecureWorld, count: int, phrase: str, rated_power_w: int) -> Provisioned:
        words.append(Mnemonic("english").generate(count // 3 * 32))
        made = world.restore(words[-1], phrase, rated_power_w)
        return Provisioned(words[-1], made.account, made.meter)

    return provision


def test_no_key_is_in_the_memory_of_meterd_or_noded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[str] = []
    monkeypatch.setattr(SecureWorld, "provision", restored(words))
    monkeypatch.setattr(pairs, "AMOUNT_UWH", DELIVERY_UWH)
    with running_pair(tmp_path / "pair", 5) as pair, ThreadPoolExecutor(1) as aside:
        wanted = wanted_of(pair, tmp_path, words)
        trade = aside.submit(pair.trade, [])
        until_readings_flow(pair)
        dumps = {name: dump(pid_of(pair, name)) for name in PROGRAMS}
        assert not trade.done(), trade.result()  # all of that was during the delivery
        for name, memory in dumps.items():
            assert sum(map(len, memory)) > 10 << 20  # it was read indeed
            assert not found_in(memory, wanted), name
        secured_has_its_keys(pair, wanted)
        check(pair, trade.result())


def wanted_of(pair: Pair, folder: Path, words: list[str]) -> dict[str, bytes]:
    """All that must not be found, by name."""
    wanted = {f"words {number}": text.encode() for number, text in enumerate(words)}
    assert len(words) == len(NODES)
    for node in NODES:
        state = pair.stage.home.node(node) / "var" / "secured"
        for key, secret in secrets_of(state, folder / f"copy-{node}").items():
            for form, needle in traces(secret).items():
                wanted[f"{node} {key} {form}"] = needle
    return wanted


def until_readings_flow(pair: Pair) -> None:
    limit_s = time.monotonic() + LIMIT_S
    while len(pair.signed) < 4:
        assert time.monotonic() < limit_s, "no readings"
        threading.Event().wait(0.05)


def secured_has_its_keys(pair: Pair, wanted: dict[str, bytes]) -> None:
    """The search does find keys: in the one program that has them, and only its own there.

    Nobody but root may read that program's memory.
    """
    for node, other in zip(NODES, reversed(NODES), strict=True):
        pid = pid_of(pair, f"secured:{node}")
        try:
            found = found_in(dump(pid), wanted)
        except PermissionError:
            continue  # not root: kept out, as it should be
        assert {f"{node} {key} bytes" for key in ("account", "meter")} <= found
        assert not any(name.startswith((other, "words")) for name in found)


def pid_of(pair: Pair, program: str) -> int:
    return pair.stage.supervisor._running[program].process.pid


def test_the_search_finds_what_is_there() -> None:
    """In a process that the test may read: this one, which holds each form."""
    secret = os.urandom(32)
    forms = traces(secret)
    assert found_in(dump(os.getpid()), forms) == forms.keys()
