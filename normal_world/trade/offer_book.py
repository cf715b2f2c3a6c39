"""The market's offers as of one block, read with few questions.

A block, not "now": what the store knows of trades and what the market shows of offers must belong
together, or an offer that was just taken would look as if it had never been.
"""

from normal_world.errors import ChainRejected
from normal_world.trade.calls import OFFERS_MAX
from normal_world.trade.chain_side import ChainSide
from normal_world.trade.matching import Offer, meter_of


class OfferBook:
    """Remembers which offers may still have something left; `look` asks for those only."""

    def __init__(self, chain: ChainSide) -> None:
        self._chain = chain
        self._next_block = chain.book.deployed_block
        self._own: list[int] = []
        self._others: list[int] = []

    async def look(self, block: int) -> list[Offer]:
        """Offers with something left as of the block: all own ones, and the newest others.

        Raises ChainError.
        """
        if block >= self._next_block:
            first = self._next_block
            made = await self._chain.ask(lambda market: market.offered(first, block))
            own = [number for number in made if meter_of(number) == self._chain.meter]
            self._own = _moved_up(self._own, own)
            self._others = _moved_up(self._others, [n for n in made if n not in own])
            self._next_block = block + 1
        self._others = self._others[-OFFERS_MAX:]
        found = [await self._offer(number, block) for number in (*self._own, *self._others)]
        left = [offer for offer in found if offer.amount_uwh > 0]
        alive = {offer.offer_id for offer in left}
        self._own = [number for number in self._own if number in alive]
        self._others = [number for number in self._others if number in alive]
        return left

    async def _offer(self, number: int, block: int) -> Offer:
        try:
            return await self._chain.ask(lambda market: market.offer_at(number, block))
        except ChainRejected:  # a node that keeps no old state: then as of now
            return await self._chain.ask(lambda market: market.offer_at(number))


def _moved_up(known: list[int], made: list[int]) -> list[int]:
    """An id comes again when its number is used again, or its price changed: it is new then."""
    return [number for number in known if number not in made] + made
