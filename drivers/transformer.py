"""Voltage transformer module (ZMPT101B and the like): an isolated, shifted image of the mains."""

from drivers.errors import SettingError


class Transformer:
    """Pin = bias + ratio × voltage; the module's trimmer sets the ratio, calibration refines it."""

    def __init__(self, ratio: float, bias_v: float) -> None:
        if ratio <= 0 or bias_v <= 0:
            text = f"transformer: ratio {ratio:g}, bias {bias_v:g} V: positive values expected"
            raise SettingError(text)
        self._ratio, self._bias_v = ratio, bias_v

    def voltage_v(self, pin_volts: float) -> float:
        """Volts of the mains, of this moment, from volts at the pin."""
        return (pin_volts - self._bias_v) / self._ratio

    def is_saturated(self, pin_volts: float) -> bool:
        """Whether the module's amplifier stands at one of its rails, 0 and twice the bias."""
        return abs(pin_volts - self._bias_v) > 0.98 * self._bias_v
