"""Why a fee payer does not pay.

FeeRefused (ChainError, PermissionError)   FEE-…   nothing was signed by the fee payer
FeeBooksFailed (ChainError)                FEE-BOOKS   its file cannot be read or written now
"""

from normal_world.errors import ChainError


class FeeRefused(ChainError, PermissionError):
    """A call that the fee payer does not pay for: which rule, what was expected."""

    code = "FEE-REFUSED"


class FeeBooksFailed(ChainError):
    """The books cannot be kept: nothing is signed until they can."""

    code = "FEE-BOOKS"
