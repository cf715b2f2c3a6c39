"""Why a fee payer does not pay.

FeeRefused (ChainError, PermissionError)   FEE-…   nothing was signed by the fee payer
"""

from normal_world.errors import ChainError


class FeeRefused(ChainError, PermissionError):
    """A call that the fee payer does not pay for: which rule, what was expected."""

    code = "FEE-REFUSED"
