"""Errors of the drivers: a fault is raised, never turned into a number.

DriverError                     DRIVER
├── SettingError (ValueError)   DRIVER-SETTING   an impossible setting was asked for
├── BusError (OSError)          BUS              the bus as a whole
│   ├── BusGone                 BUS-GONE         no bus, no answer in time, peer died
│   └── ShortRead               BUS-SHORT        fewer bytes came than were asked for
├── AdcError (OSError)          ADC              one converter on a living bus
│   ├── AdcNack                 ADC-NACK         nobody acknowledges the address
│   ├── AdcNotConfigured        ADC-STATE        read before configure(), or after a fault
│   └── AdcConfigChanged        ADC-CONFIG       somebody else wrote the configuration
├── RelayError (OSError)        RELAY-LINE       the line does not follow
└── PlantError                  PLANT            the virtual board's own
    ├── ParameterError          PLANT-PARAMETER  unknown path, wrong type or range
    ├── RequestError            PLANT-REQUEST    unknown method, or parameters that do not fit
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


class AdcError(DriverError, OSError):
    code = "ADC"


class AdcNack(AdcError):
    code = "ADC-NACK"


class AdcNotConfigured(AdcError):
    code = "ADC-STATE"


class AdcConfigChanged(AdcError):
    code = "ADC-CONFIG"


class RelayError(DriverError, OSError):
    code = "RELAY-LINE"


class PlantError(DriverError):
    code = "PLANT"


class ParameterError(PlantError, ValueError):
    code = "PLANT-PARAMETER"


class RequestError(PlantError, ValueError):
    code = "PLANT-REQUEST"


class ServeError(PlantError, OSError):
    code = "PLANT-SOCKET"
