"""A process with relays in its hand: `python -m tests.hardware.hand BACKEND [PLACE]`.

One JSON list a line on stdin, [call, line, argument]; one JSON object a line on stdout.
"""

import json
import sys
from typing import Any

from drivers.ads1115 import ADS1115
from drivers.errors import DriverError
from drivers.linux_i2c import LinuxI2C
from drivers.relay import Gpio, Relay, open_gpio
from drivers.switch import Switch


def gpio_of(backend: str, place: str) -> Gpio:
    """The plant's lines, those of a tree of files, or what open_gpio finds on this machine."""
    if backend == "virtual":
        from drivers.virtual.gpio import VirtualGPIO

        return VirtualGPIO(place, "seller")
    if backend == "sysfs" and place:
        from drivers.sysfs_gpio import SysfsGpio
        from tests.hardware.sysfs_tree import SysfsTree

        tree = SysfsTree(place)
        return SysfsGpio(tree.read, tree.write)
    return open_gpio(backend, place or "/dev/gpiochip0")


class Hand:
    """Relays and switches by line number, converters by address."""

    def __init__(self, backend: str, place: str) -> None:
        self._backend, self._place = backend, place
        self._gpio: Gpio | None = None
        self._relays: dict[int, Relay] = {}
        self._switches: dict[int, Switch] = {}
        self._bus: LinuxI2C | None = None
        self._adcs: dict[int, ADS1115] = {}

    def do(self, call: str, line: int, argument: Any = None) -> Any:
        """What the call gives; `make` (a relay) and `watch` (a switch) take active_low."""
        if self._backend == "i2c":
            return self._ask_bus(call, line)
        if call == "make":
            self._gpio = self._gpio or gpio_of(self._backend, self._place)
            self._relays[line] = Relay(self._gpio, line, active_low=argument)
            return None
        if call == "watch":
            self._gpio = self._gpio or gpio_of(self._backend, self._place)
            self._switches[line] = Switch(self._gpio, line, active_low=argument)
            return None
        if call == "is_open":
            return self._switches[line].is_open
        if call == "is_closed":
            return self._relays[line].is_closed
        return getattr(self._relays[line], call)()

    def _ask_bus(self, call: str, address: int) -> Any:
        self._bus = self._bus or LinuxI2C(self._place)
        if call == "scan":
            return self._bus.scan()
        adc = self._adcs.setdefault(address, ADS1115(self._bus, address))
        return getattr(adc, call)()


def main() -> None:
    hand = Hand(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    for text in sys.stdin:
        try:
            reply = {"result": hand.do(*json.loads(text))}
        except DriverError as error:
            reply = {"code": error.code, "text": str(error)}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
