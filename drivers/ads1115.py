"""ADS1115, a 16-bit converter on I2C (Texas Instruments SBAS444), through Adafruit's library."""

import time
from typing import Any

from adafruit_ads1x15 import ads1115
from adafruit_ads1x15.ads1x15 import Mode
from adafruit_bus_device.i2c_device import I2CDevice

from drivers.errors import AdcConfigChanged, AdcNotConfigured, DriverError, SettingError
from drivers.faults import named

# Configuration register (SBAS444, "Config Register Field Descriptions"):
#   15  14:12  11:9  8     7:5  4          3         2         1:0
#   OS  MUX    PGA   MODE  DR   COMP_MODE  COMP_POL  COMP_LAT  COMP_QUE
CONFIG = b"\x01"
STATUS_BIT = 0x8000  # OS reads as "idle": a status, not a setting
SINGLE_SHOT = 0x0100
COMPARATOR_OFF = 0x0003
FULL_SCALE_V = {2 / 3: 6.144, 1: 4.096, 2: 2.048, 4: 1.024, 8: 0.512, 16: 0.256}
GAINS = {gain: code << 9 for code, gain in enumerate(FULL_SCALE_V)}
RATES = {rate: code << 5 for code, rate in enumerate((8, 16, 32, 64, 128, 250, 475, 860))}
PERIODS = 1.2  # a conversion takes 1/rate ± 10 % ("Electrical Characteristics")


class ADS1115:
    """One single-ended channel, converted continuously; nothing is touched before configure()."""

    def __init__(
        self, bus: Any, address: int, *, channel: int = 0, gain: float = 2 / 3, data_rate: int = 860
    ) -> None:
        if gain not in GAINS or data_rate not in RATES or channel not in range(4):
            wanted = f"gain {gain:g}, data rate {data_rate}, channel {channel}"
            raise SettingError(f"ADS1115 {address:#x}: {wanted}: no such setting in the chip")
        self._name = f"ADS1115 {address:#x}"
        self._bus, self._address, self._channel = bus, address, channel
        self._gain, self._data_rate = gain, data_rate
        self._full_scale_v = FULL_SCALE_V[gain]
        self._lsb_v = self._full_scale_v / 0x8000
        self._expected = (4 + channel) << 12 | GAINS[gain] | RATES[data_rate] | COMPARATOR_OFF
        self._library: Any = None
        self._result: Any = self._unconfigured

    def configure(self) -> None:
        """Wake and set the chip; returns when its first own conversion is there to be read."""
        try:
            self._configure()
        except (OSError, ValueError) as error:
            raise self._named(error) from error

    def _configure(self) -> None:
        before = self._register(I2CDevice(self._bus, self._address))
        # A new object: the library would take the configuration register for a sample when one
        # and the same object is set anew and then read at the same pin.
        library = ads1115.ADS1115(
            self._bus,
            gain=self._gain,
            data_rate=self._data_rate,
            mode=Mode.CONTINUOUS,
            address=self._address,
        )
        library.read(4 + self._channel)  # sets MUX (0..3 are differential), waits two periods
        time.sleep(PERIODS / self._rate_under_way(before))
        library.get_last_result(False)  # leaves the pointer at the conversion register
        self._library, self._result = library, library.get_last_result

    def read_v(self) -> float:
        """Latest conversion in volts at the pin; raises AdcError or BusError, never guesses."""
        try:
            code: int = self._result(True)  # one two-byte read, pointer as it stands
        except OSError as error:
            raise self._named(error) from error
        return (code ^ 0x8000) * self._lsb_v - self._full_scale_v  # two's complement

    def is_saturated(self, volts: float) -> bool:
        """Whether `volts` is a full-scale code (0x7FFF, 0x8000): the true value lies outside."""
        return not -self._full_scale_v < volts < self._full_scale_v - 1.5 * self._lsb_v

    def config_register(self) -> int:
        """The configuration register, read back over the bus; raises AdcError or BusError."""
        try:
            self._result(False)  # raises when not configured
            found = self._register(self._library.i2c_device)
            self._result(False)
        except OSError as error:
            raise self._named(error) from error
        return found

    def check_config(self) -> None:
        """Raise AdcConfigChanged unless every setting is as configure() left it."""
        found = self.config_register()
        if (found ^ self._expected) & ~STATUS_BIT:
            raise AdcConfigChanged(
                f"{self._name}: configuration register {found:#06x}, {self._expected:#06x} expected"
            )

    def _rate_under_way(self, before: int) -> int:
        # A conversion under way completes with its old settings ("Continuous-Conversion Mode"):
        # the one found running or, in an idle chip, the one that the library's constructor began.
        if before & STATUS_BIT and before & SINGLE_SHOT:
            return self._data_rate
        return next(rate for rate, code in RATES.items() if code == before & 0x00E0)

    def _register(self, device: Any) -> int:
        answer = bytearray(2)
        with device:
            device.write_then_readinto(CONFIG, answer)
        return int.from_bytes(answer, "big")

    def _unconfigured(self, _fast: bool) -> int:
        raise AdcNotConfigured(f"{self._name}: read, but configure() expected first")

    def _named(self, error: OSError | ValueError) -> DriverError:
        # After a fault nobody knows where the chip's pointer stands: configure() again.
        self._result = self._unconfigured
        return named(error, self._name)
