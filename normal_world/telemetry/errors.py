"""Errors of telemetry; none of them ever reaches a trade.

NormalWorldError
└── TelemetryError (ValueError)   MQTT-LIBRARY  MQTT-PASSWORD  MQTT-CA
"""

from normal_world.errors import NormalWorldError


class TelemetryError(NormalWorldError, ValueError):
    """At the start of the node: a part that the owner asked for cannot be had."""

    code = "MQTT-LIBRARY"
    exit_code = 2
