"""Errors of strategies.

NormalWorldError
└── StrategyFailed (RuntimeError) STRATEGY-FAILED  a strategy raised, hung or answered nonsense
"""

from normal_world.errors import NormalWorldError


class StrategyFailed(NormalWorldError, RuntimeError):
    """Which strategy did what; nothing was ordered."""

    code = "STRATEGY-FAILED"
