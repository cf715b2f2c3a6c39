"""Errors of the auction's engine.

NormalWorldError
└── BookInvalid (ValueError)   AUCTION-BOOK   an order book that no contract could hold
"""

from normal_world.errors import NormalWorldError


class BookInvalid(NormalWorldError, ValueError):
    """Energy beyond uint64, a price beyond uint96, or as many of one as not of the other."""

    code = "AUCTION-BOOK"
    exit_code = 2
