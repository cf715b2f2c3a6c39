"""Errors of the drivers: a fault is raised, never turned into a number.

DriverError                     DRIVER
├── SettingError (ValueError)   DRIVER-SETTING   an impossible setting was asked for
├── BusError (OSError)          BUS              the bus as a whole
│   ├── BusGone                 BUS-GONE         no bus, no answer in time, peer died
│   ├── ShortRead               BUS-SHORT        fewer bytes came than were asked for
│   └── BusLibrary              BUS-LIBRARY      a Python library for the bus is missing
├── AdcError (OSError)          ADC              one converter on a living bus
│   ├── AdcNack                 ADC-NACK         nobody acknowledges the address
│   ├── AdcNotConfigured        ADC-STATE        read before configure(), or after a fault
│   ├── AdcConfigChanged        ADC-CONFIG       somebody else wrote the configuration
│   ├── AdcAbsent               ADC-ABSENT       the kernel knows no such converter or channel
│   ├── AdcAccess               ADC-ACCESS       no permission to read the kernel's converter
│   ├── AdcStuck                ADC-STUCK        the kernel's converter gives no conversion
│   └── AdcAnswer               ADC-ANSWER       what it gives cannot be a conversion
├── SwitchError (OSError)       SWITCH-LINE      the line of a switch cannot be read
├── RelayError (OSError)        RELAY-LINE       the line does not follow
│   └── RelayLibrary            RELAY-LIBRARY    a Python library for GPIO is missing
└── PlantError                  PLANT            the virtual board's own
    ├── ParameterError          PLANT-PARAMETER  unknown path, wrong type or range
    ├── RequestError            PLANT-REQUEST    unknown method, or parameters that do not fit
    ├── WiringError             PLANT-BOARD      a board file that cannot be wired
    ├── FaultError              PLANT-FAULT      no such fault, or not on this board
    ├── LoadError               PLANT-LOAD       a recording or load that cannot be played
    └── ServeError (OSError)    PLANT-SOCKET     a socket cannot be served
"""


class DriverError(Exception):
    """Anything that hardware, real or virtual, can do wrong."""

    code = "DRIVER"


class SettingError(DriverError, ValueError):
    code = "DRIVER-SETTING"


class BusError(DriverError, OSError):
    code = "BUS"


class BusGone(BusError):
    code = "BUS-GONE"


class ShortRead(BusError):
    code = "BUS-SHORT"


class BusLibrary(BusError):
    code = "BUS-LIBRARY"


class AdcError(DriverError, OSError):
    code = "ADC"


class AdcNack(AdcError):
    code = "ADC-NACK"


class AdcNotConfigured(AdcError):
    code = "ADC-STATE"


class AdcConfigChanged(AdcError):
    code = "ADC-CONFIG"


class AdcAbsent(AdcError):
    code = "ADC-ABSENT"


class AdcAccess(AdcError):
    code = "ADC-ACCESS"


class AdcStuck(AdcError):
    code = "ADC-STUCK"


class AdcAnswer(AdcError):
    code = "ADC-ANSWER"


class SwitchError(DriverError, OSError):
    code = "SWITCH-LINE"


class RelayError(DriverError, OSError):
    code = "RELAY-LINE"


class RelayLibrary(RelayError):
    code = "RELAY-LIBRARY"


class PlantError(DriverError):
    code = "PLANT"


class ParameterError(PlantError, ValueError):
    code = "PLANT-PARAMETER"


class RequestError(PlantError, ValueError):
    code = "PLANT-REQUEST"


class WiringError(PlantError, ValueError):
    code = "PLANT-BOARD"


class FaultError(PlantError, ValueError):
    code = "PLANT-FAULT"


class LoadError(PlantError, ValueError):
    code = "PLANT-LOAD"


class ServeError(PlantError, OSError):
    code = "PLANT-SOCKET"
