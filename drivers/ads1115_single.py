"""ADS1115, one conversion at a time: it begins when it is told to (TI SBAS444)."""

import time
from typing import Any

from adafruit_ads1x15 import ads1115
from adafruit_ads1x15.ads1x15 import Mode
from adafruit_bus_device.i2c_device import I2CDevice

from drivers.ads1115 import ADS1115, PERIODS, SINGLE_SHOT, STATUS_BIT
from drivers.errors import AdcConfigChanged

# "Single-Shot Mode and Power-Down": writing 1 to OS begins; the chip wakes in about 25 µs and
# converts for 1/rate, ± 10 % of the rate ("Electrical Characteristics", constant for one chip).
WAKE_S = 25e-6
SLOWEST = 1 / 0.9


class SingleShotADS1115(ADS1115):
    """One single-ended channel; several objects may share a chip, each with its own channel.

    Every begin() writes the whole configuration: a chip that was reset is set again by it.
    """

    def __init__(
        self, bus: Any, address: int, *, channel: int = 0, gain: float = 2 / 3, data_rate: int = 860
    ) -> None:
        super().__init__(bus, address, channel=channel, gain=gain, data_rate=data_rate)
        self._expected |= SINGLE_SHOT
        self._order = bytes((0x01, (self._expected | STATUS_BIT) >> 8, self._expected & 0xFF))
        self._begun_s = 0.0
        self.averaged_s = 1.0 / data_rate  # a conversion's length
        self.centre_s = WAKE_S + 0.5 / data_rate  # from the order to the conversion's middle

    def begin(self) -> None:
        """Order one conversion; raises AdcError or BusError."""
        if self._library is None:
            self._unconfigured(False)
        try:
            with self._library.i2c_device as device:
                device.write(self._order)
        except OSError as error:
            raise self._named(error) from error
        self._begun_s = time.monotonic()

    def finish_v(self) -> float:
        """Wait until the ordered conversion has ended; volts at the pin."""
        wait_s = self._begun_s + WAKE_S + SLOWEST * self.averaged_s - time.monotonic()
        if wait_s > 0.0:
            time.sleep(wait_s)
        try:
            code: int = self._result(False)  # sets the pointer: begin() left it elsewhere
        except OSError as error:
            raise self._named(error) from error
        return (code ^ 0x8000) * self._lsb_v - self._full_scale_v

    def read_v(self) -> float:
        """One conversion, begun now, in volts at the pin."""
        self.begin()
        return self.finish_v()

    def config_register(self) -> int:
        """The configuration register, read back over the bus; raises AdcError or BusError."""
        if self._library is None:
            self._unconfigured(False)
        try:
            return self._register(self._library.i2c_device)
        except OSError as error:
            raise self._named(error) from error

    def check_config(self) -> None:
        """Raise AdcConfigChanged unless the last conversion was this one, and has ended."""
        found, expected = self.config_register(), self._expected | STATUS_BIT
        if found != expected:
            raise AdcConfigChanged(
                f"{self._name}: configuration register {found:#06x}, {expected:#06x} expected"
            )

    def _configure(self) -> None:
        before = self._register(I2CDevice(self._bus, self._address))
        self._library = ads1115.ADS1115(
            self._bus,
            gain=self._gain,
            data_rate=self._data_rate,
            mode=Mode.SINGLE,
            address=self._address,
        )
        self._result = self._library.get_last_result
        # What the chip was at, and what the library began just now, ends first.
        time.sleep(PERIODS * (1.0 / self._rate_under_way(before) + self.averaged_s))
        self.read_v()

    def _named(self, error: OSError | ValueError) -> Any:
        self._library = None
        return super()._named(error)
