"""Why a relay does not take, or has dropped, an order.

PlacementRefused (ChainError, PermissionError)   PLACE-…   the node places it by itself
"""

from normal_world.errors import ChainError


class PlacementRefused(ChainError, PermissionError):
    """An order that this relay does not bring: which rule, what was expected."""

    code = "PLACE-REFUSED"
