"""Board files for the plant: the default board's, and one with the kernel's converters and GPIO.

Marks (#v voltage's, #m main relay's) say which of two equal lines a test replaces.
"""

from pathlib import Path

BOARD = """
[board]
name = "test"
mains = "dc"
nominal_v = 12.0

[adc.current]
chip = "ads1115"
address = 0x48
channel = 0

[adc.voltage]
chip = "ads1115"
address = 0x49
channel = 0 #v

[sensor.current]
kind = "acs712"
variant_a = 20
supply_v = 5.0

[sensor.voltage]
kind = "divider"
top_ohm = 30000.0
bottom_ohm = 7500.0

[relay]
line = 17
active_low = true #m

[reference_load]
line = 27
active_low = true
ohm = 10.0
tolerance = 0.02

[case]
line = 24
active_low = false
"""

_IIO = 'chip = "iio"\ndevice = "/sys/bus/iio/devices/iio:device0"'
IIO_BOARD = (
    BOARD.replace('chip = "ads1115"\naddress = 0x48', _IIO)
    .replace('chip = "ads1115"\naddress = 0x49', _IIO)
    .replace("channel = 0 #v", "channel = 1")
    .replace(
        "supply_v = 5.0", "supply_v = 5.0\ndivider_top_ohm = 20000.0\ndivider_bottom_ohm = 1e4"
    )
    .replace("top_ohm = 30000.0\nbottom_ohm = 7500.0", "top_ohm = 90000.0\nbottom_ohm = 10000.0")
    .replace("line = 17\nactive_low = true", "line = 128\nactive_low = false")
)

AC_BOARD = (
    BOARD.replace(
        'mains = "dc"\nnominal_v = 12.0', 'mains = "ac"\nnominal_v = 230\nfrequency_hz = 50'
    )
    .replace('kind = "divider"\ntop_ohm = 30000.0', 'kind = "transformer"\nratio = 0.005')
    .replace("bottom_ohm = 7500.0", "bias_v = 2.5")
    .replace("ohm = 10.0", "ohm = 230.0")
)


def written(folder: Path, text: str) -> Path:
    """The text as a board.toml in the folder."""
    path = folder / "board.toml"
    path.write_text(text, encoding="utf-8")
    return path
