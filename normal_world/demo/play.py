"""The demo between its first and its last program: prepare, trade, and note how it ended."""

import contextlib
import time
from types import TracebackType

from normal_world.chain.client import Chain
from normal_world.demo import outcome
from normal_world.demo.breaker import Breaker
from normal_world.demo.home import Home
from normal_world.demo.mischief import DISHONEST
from normal_world.demo.mounting import Mounting
from normal_world.demo.options import Options
from normal_world.demo.preparation import Ready, prepare
from normal_world.demo.progress import Progress
from normal_world.demo.record import Record
from normal_world.demo.stage import Stage
from normal_world.demo.supervisor import Supervisor
from normal_world.demo.trade import Trade
from normal_world.demo.watch import Watch
from normal_world.errors import ChainError

LAST_READINGS_S = 0.6  # for the last state of both meters to be seen


def play(options: Options, home: Home, progress: Progress, record: Record) -> None:
    """Everything that needs running programs; whatever fails, what is known is in the record."""
    with Supervisor() as supervisor:
        cheats = {fault.node for fault in options.fault if fault.kind.part == DISHONEST}
        stage = Stage(home, supervisor, cheats)
        mounting = Mounting(stage, record, progress.note)
        breaker = Breaker(
            supervisor,
            options.crash,
            options.silent,
            options.pause_s,
            progress.note,
            options.fault,
            mounting.mount,
        )
        try:
            ready = prepare(options, stage, progress)
            record.amount_uwh = ready.amount_uwh
            with Observed(ready, stage, progress, record, breaker):
                Trade(options, stage, progress, record, breaker, mounting).run()
                time.sleep(LAST_READINGS_S)
        finally:
            breaker.stop()
            record.crashed = breaker.crashed if options.crash else None
            record.silent_at_s = breaker.silent_at_s
            outcome.read_processes(record, stage, progress.scene)


class Observed:
    """While a trade runs it is watched; when it is over, plant, chain and registers are read."""

    def __init__(
        self, ready: Ready, stage: Stage, progress: Progress, record: Record, breaker: Breaker
    ) -> None:
        self._ready, self._stage = ready, stage
        self._progress, self._record = progress, record
        self._chain = Chain(ready.rpc)
        self._watch = Watch(
            stage.home,
            self._chain,
            progress.scene,
            record,
            lambda moment: breaker.begin("delivery", moment),
        )

    def __enter__(self) -> None:
        self._credit(self._ready.credit)
        self._registers = {node: self._register(node) for node in self._ready.meters}
        self._first_block = self._chain.head() + 1
        self._watch.start()

    def __exit__(
        self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._watch.stop()
        outcome.read_plant(self._record, self._stage)
        with contextlib.suppress(OSError):  # a secure world that is gone
            self._record.register_uwh = {
                node: [before, self._register(node)] for node, before in self._registers.items()
            }
        with contextlib.suppress(ChainError):  # a chain that is gone
            outcome.read_chain(self._record, self._ready, self._first_block)
            self._credit({node: pair[1] for node, pair in self._record.chain.credit.items()})
        self._progress.tick()

    def _register(self, node: str) -> int:
        return outcome.register_uwh(self._stage, node)

    def _credit(self, credit: dict[str, int]) -> None:
        for node, value in credit.items():
            self._progress.scene.meters[node].credit = value
