"""The checks of `evlock doctor`, in the order in which a technician works: ground first."""

from collections.abc import Callable, Iterator, Sequence

from normal_world.diagnosis import (
    judge_bus,
    judge_meter,
    judge_node,
    judge_secure_world,
    judge_system,
)
from normal_world.diagnosis.result import FAIL, Facts, Result

Judge = Callable[[Facts], Iterator[Result]]

# The names of the results that each check gives, for --only.
CHECKS: tuple[tuple[tuple[str, ...], Judge], ...] = (
    (("python",), judge_system.python),
    (("board-file",), judge_node.board_file),
    (("node-file",), judge_node.node_file),
    (("clock",), judge_system.clock),
    (("disk",), judge_system.disk),
    (("flash",), judge_system.flash),
    (("memory",), judge_system.memory),
    (("secured", "meterd", "noded"), judge_system.services),
    (("versions",), judge_system.versions),
    (("safe-mode",), judge_system.safe_mode),
    (("bus",), judge_bus.bus),
    (("adc-current", "adc-voltage"), judge_bus.converters),
    (("relay", "reference"), judge_bus.lines),
    (("case",), judge_bus.case),
    (("sampling",), judge_meter.sampling),
    (("voltage",), judge_meter.voltage),
    (("current",), judge_meter.current),
    (("noise",), judge_meter.noise),
    (("calibration",), judge_meter.calibration),
    (("keys",), judge_secure_world.keys),
    (("device-secret",), judge_node.device_secret),
    (("owner",), judge_secure_world.owner),
    (("policy",), judge_secure_world.policy),
    (("tampering",), judge_secure_world.tampering),
    (("chain", "contracts", "account", "enrolled"), judge_node.chain),
    (("certificate",), judge_node.certificate),
    (("peers",), judge_node.peers),
    (("last-trade",), judge_system.last_trade),
)
NAMES = tuple(name for names, _ in CHECKS for name in names)
GOOD, CHECK_FAILED, HARDWARE = 0, 1, 4


def diagnose(facts: Facts, only: Sequence[str] = ()) -> Iterator[Result]:
    """The results of all checks, or of those named, in their order."""
    for names, judge in CHECKS:
        if not only or set(names) & set(only):
            yield from (result for result in judge(facts) if not only or result.name in only)


def exit_code(results: Sequence[Result]) -> int:
    """0 when nothing failed, 4 when only hardware did, else 1."""
    failed = [result for result in results if result.state == FAIL]
    if not failed:
        return GOOD
    return HARDWARE if all(result.hardware for result in failed) else CHECK_FAILED
