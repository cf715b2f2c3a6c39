"""Log lines about refused connections: a flood of them must not become a flood of lines."""

import logging
import time
from collections import Counter

from normal_world.link.errors import LinkError
from normal_world.link.settings import OnRefused

LOG = logging.getLogger(__name__)
INTERVAL_S = 10.0


class Complaints:
    """One line per code and interval; the next one says how many were left out."""

    def __init__(self, on_refused: OnRefused | None) -> None:
        self._on_refused = on_refused
        self._last_s: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def about(self, address: str, error: LinkError) -> None:
        """Note one connection that did not come up."""
        if self._on_refused is not None:
            self._on_refused(address, error)
        now_s = time.monotonic()
        if now_s - self._last_s.get(error.code, -INTERVAL_S) < INTERVAL_S:
            self._left_out[error.code] += 1
            return
        self._last_s[error.code] = now_s
        more = self._left_out.pop(error.code, 0)
        LOG.warning("%s %s: %s (%d more since)", error.code, address, error, more)
