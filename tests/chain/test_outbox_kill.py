"""Exactly once: the outbox is killed at every durable write, request and signature it makes."""

import contextlib
import itertools
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normal_world.chain.client import Chain
from normal_world.chain.devchain.dispatch import Dispatcher
from normal_world.chain.devchain.server import DevChain
from normal_world.chain.outbox import Outbox
from normal_world.chain.outbox_store import OutboxStore
from normal_world.errors import ChainUnreachable
from tests.chain.tools import COUNTER, Account, SignerRefused, count, deploy, mine
from tests.chain.words import word

INTENTS = 3
FRESH = itertools.count(1_000_000, INTENTS)  # numbers that nobody has counted yet


class Killed(BaseException):
    """SIGKILL, as far as the code can see: no `except Exception` stops it."""


class KillSwitch:
    """Raises at the n-th point that is passed; points lie before and after every outside effect."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.left:
            raise Killed

    def around(self, effect: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any) -> Any:
            self.point()
            result = effect(*arguments)
            self.point()
            return result

        return guarded


class DirectChain(Chain):
    """The development chain without the HTTP in between: a sweep makes many thousand requests."""

    def __init__(self, dispatcher: Dispatcher, **options: Any) -> None:
        super().__init__("http://direct.invalid", **options)
        self._dispatcher = dispatcher
        self._transport.request = self._direct  # type: ignore[method-assign]

    def _direct(self, method: str, params: list[Any]) -> dict[str, Any]:
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        answer: dict[str, Any] = json.loads(self._dispatcher.answer(body))
        return answer


class MortalChain(DirectChain):
    """A chain whose requests are points to be killed at."""

    def __init__(self, dispatcher: Dispatcher, switch: KillSwitch, **options: Any) -> None:
        super().__init__(dispatcher, **options)
        self._transport.request = switch.around(self._direct)  # type: ignore[method-assign]


@contextmanager
def mortal_writes(switch: KillSwitch) -> Iterator[None]:
    """Every durable write becomes three points: before, inside, and after its commit."""
    original = OutboxStore.write

    @contextmanager
    def write(store: OutboxStore) -> Iterator[Any]:
        switch.point()
        with original(store) as database:
            yield database
            switch.point()
        switch.point()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OutboxStore, "write", write)
        yield


@pytest.fixture(scope="module")
def counter(devchain: DevChain) -> str:
    return deploy(Chain(devchain.url), COUNTER)


def one_life(path: Path, switch: KillSwitch, devchain: DevChain, user: Account, job: "Job") -> bool:
    """A process from its start to its end or its death; whether everything is final."""
    node = devchain.server.dispatcher
    chain = MortalChain(node, switch, finality=job.finality)
    outbox: Outbox | None = None
    try:
        with mortal_writes(switch):
            outbox = Outbox(
                path,
                chain,
                user.address,
                switch.around(user.sign),
                refused=(SignerRefused,),
                bump_blocks=2,
            )
            for number in job.numbers:
                outbox.put(f"count:{number}", job.counter, word(number))
            for turn in range(60):
                if outbox.step() == 0:
                    return True
                job.world(turn)
        raise AssertionError(f"not final after 60 turns: {outbox.open_intents()}")
    except Killed:
        return False
    finally:
        if outbox is not None:
            outbox.close()


class Job:
    """Numbers to be counted once each, and what the world does between two steps."""

    def __init__(self, devchain: DevChain, counter: str, start: int, finality: str) -> None:
        self.chain = DirectChain(devchain.server.dispatcher)
        self.counter = counter
        self.numbers = range(start, start + INTENTS)
        self.finality = finality

    def world(self, turn: int) -> None:
        mine(self.chain)

    def counts(self) -> list[int]:
        return [count(self.chain, self.counter, number) for number in self.numbers]


@pytest.mark.parametrize("finality", ["immediate", "confirmations:3"])
def test_killed_anywhere_each_intent_is_executed_once(
    devchain: DevChain, counter: str, account: Account, tmp_path: Path, finality: str
) -> None:
    base = 10_000 if finality == "immediate" else 20_000
    survived = False
    at = 0
    while not survived:
        at += 1
        job = Job(devchain, counter, base + at * INTENTS, finality)
        path = tmp_path / f"{at}.sqlite"
        survived = one_life(path, KillSwitch(at), devchain, account, job)
        if not survived:
            assert one_life(path, KillSwitch(0), devchain, account, job)
        assert job.counts() == [1] * INTENTS, f"killed at point {at}"
    assert at > 90  # the sweep has really gone through the outbox's life
    chain = Chain(devchain.url)
    assert chain.nonce(account.address) == at * INTENTS  # no transaction too many


class RoughWorld(Job):
    """Blocks, stand-stills, reorganisations and forgotten pools, as the example says."""

    def __init__(self, events: list[str], *arguments: Any) -> None:
        super().__init__(*arguments)
        self.events = iter(events)

    def world(self, turn: int) -> None:
        event = next(self.events, "block")
        if event == "reorganisation":
            head = self.chain.head()
            self.chain.rpc("evm_revert", hex(head - 1))  # empties the pool too
            mine(self.chain, 2)
        elif event == "forgotten":
            self.chain.rpc("evm_revert", hex(self.chain.head()))
        elif event == "block":
            mine(self.chain)


EVENTS = st.lists(st.sampled_from(["block", "nothing", "reorganisation", "forgotten"]), max_size=12)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deaths=st.lists(st.integers(1, 120), max_size=5), events=EVENTS)
def test_deaths_and_reorganisations_in_any_order(
    devchain: DevChain,
    counter: str,
    tmp_path_factory: pytest.TempPathFactory,
    deaths: list[int],
    events: list[str],
) -> None:
    user = Account()
    user.fund(Chain(devchain.url))
    mine(Chain(devchain.url), 3)  # so that no reorganisation takes the funds away
    job = RoughWorld(events, devchain, counter, next(FRESH), "confirmations:3")
    path = tmp_path_factory.mktemp("outbox") / "outbox.sqlite"
    for at in deaths:
        one_life(path, KillSwitch(at), devchain, user, job)
    assert one_life(path, KillSwitch(0), devchain, user, job)
    assert job.counts() == [1] * INTENTS
    assert Chain(devchain.url).nonce(user.address) == INTENTS


def test_answers_that_get_lost_do_not_double_anything(
    devchain: DevChain, counter: str, account: Account, tmp_path: Path
) -> None:
    job = Job(devchain, counter, 500, "immediate")

    class LossyChain(DirectChain):
        """Does what it is asked, but one answer in eight never arrives."""

        chance = random.Random(3)

        def rpc(self, method: str, *params: Any) -> Any:
            result = super().rpc(method, *params)
            if self.chance.random() < 1 / 8:
                raise ChainUnreachable("the answer got lost")
            return result

    chain = LossyChain(devchain.server.dispatcher)
    outbox = Outbox(tmp_path / "o.sqlite", chain, account.address, account.sign)
    for number in job.numbers:
        outbox.put(f"count:{number}", counter, word(number))
    for turn in range(200):
        with contextlib.suppress(ChainUnreachable):
            if outbox.step() == 0:
                break
        job.world(turn)
    assert outbox.open_intents() == []
    assert job.counts() == [1] * INTENTS
    outbox.close()
