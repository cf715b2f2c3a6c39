"""The child's side of a PIN: counted as wrong before it is tried, so that no kill is a free try."""

from secure_world import pin_rules
from secure_world.device import Device
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.parent import Parent
from secure_world.persons_effects import PinAttempt, PinRight, PinWrong
from secure_world.pin import penalty_ms


def check(device: Device, parent: Parent, pin: str) -> None:
    """Raises SecureWorldRefused: NOT-CLAIMED, PIN-WAIT, PIN-WRONG."""
    parent.ask(PinAttempt())
    assert device.pin.hash is not None  # or the attempt was refused
    if not pin_rules.matches(device.pin.hash, pin):
        parent.ask(PinWrong())
        wait_s = penalty_ms(device.pin.failures + 1) // 1000
        text = f"wrong PIN, expected the right one{f' in {wait_s} s' if wait_s else ''}"
        raise SecureWorldRefused(ErrorCode.PIN_WRONG, text)
    parent.ask(PinRight())
