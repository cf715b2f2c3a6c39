"""Resistive divider in front of a converter's pin."""

from drivers.errors import SettingError


class Divider:
    """Input over `top_ohm` to the pin, pin over `bottom_ohm` to ground."""

    def __init__(self, top_ohm: float, bottom_ohm: float) -> None:
        if top_ohm < 0 or bottom_ohm <= 0:
            raise SettingError(f"divider: {top_ohm}/{bottom_ohm} ohm, positive values expected")
        self._ratio = (top_ohm + bottom_ohm) / bottom_ohm

    def voltage_v(self, pin_volts: float) -> float:
        """Volts at the divider's input from volts at the pin."""
        return pin_volts * self._ratio

    def is_saturated(self, _pin_volts: float) -> bool:
        """Never: resistors have no end; the converter behind them has."""
        return False
