"""A trader that has been taken over: full use of its socket, no scruples, judged by ledger.py.

    python -m tests.conformance.hostile [requests] [--meter] [--seed N]

Prints what was refused and why, and what was signed away against what the policy allows.
"""

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.conformance import answers, rlp
from tests.conformance.answers import named
from tests.conformance.home import HOMES
from tests.conformance.kit import (
    EXPORT,
    IMPORT,
    OWNER,
    RATED_POWER_W,
    Kit,
    asked,
    trade,
    trade_id,
)
from tests.conformance.ledger import Book, Breach, Ledger
from tests.conformance.owner import (
    AUCTION,
    CHAIN,
    FEES,
    MARKET,
    NATIVE,
    ONE,
    REGISTRY,
    TOKEN,
    Allowance,
    Bound,
    Call,
    Charge,
    ClaimRule,
    Rules,
)
from tests.conformance.requests import FIELDS, FLAWS, places, roles, spoiled
from tests.conformance.rlp import Value
from tests.conformance.transactions import Tx, call
from tests.conformance.wire import VERSION, Client, Code, Command, Gone, Role, answered, request

APPROVE, BUY, OFFER = b"\x09\x5e\xa7\xb3", b"\xaa\xbb\xcc\xdd", b"\x01\x23\x45\x67"
SPENDER = b"\x0d" * 20
NUMBER = int.from_bytes(SPENDER, "big")
MOST = 2**256 - 1
FEE = 10**12
RULES = Rules(
    owner=OWNER.address,
    calls=[
        Call(MARKET, BUY, max_value=1000, max_words=3, charges=[Charge(TOKEN, 0, 1, 3000)]),
        Call(
            TOKEN,
            APPROVE,
            max_words=2,
            bounds=[Bound(0, NUMBER, NUMBER), Bound(1, 0, 5000)],
            charges=[Charge(TOKEN, 1, ONE, 4000)],
        ),
        Call(MARKET, OFFER, max_words=2, bounds=[Bound(0, 10, 20), Bound(1, 5, 5)]),
    ],
    allowances=[
        Allowance(TOKEN, 500_000, 360_000),
        Allowance(NATIVE, 100_000, 36_000),
        Allowance(FEES, 500 * FEE, 360 * FEE),
    ],
    max_fee_wei=FEE,
    max_trade_uwh=10**6,
    max_day_uwh=10**8,
    registry=REGISTRY,
    claims=[ClaimRule(AUCTION, EXPORT, 5, 10), ClaimRule(AUCTION, IMPORT, 5, 10)],
)
CONNECTIONS = 8  # of a role; secured lets 32 in
BURST = 24  # requests under way at once, about
SLOW = {Command.ATTEST, Command.SIGN_LINK, Command.LINK_SESSION}  # a child each
NEVER = {Code["INTERNAL"], Code.STORAGE}

# What was asked, for the judge: the command and its fields.
Asked = tuple[int, list[Value] | None]


class Trader:
    """Asks in bursts over many connections; every answer is judged."""

    def __init__(self, kit: Kit, seed: int, *, meter: bool = False) -> None:
        self._kit, self._random = kit, random.Random(seed)
        self._roles = [Role.NODE] * 3 + [Role.METER] * (3 if meter else 0)
        self.ledger = Ledger(RULES, kit.account)
        self.book = Book(RULES, kit.meter, RATED_POWER_W)
        self.codes: Counter[Code] = Counter()
        self.requests = self.deaths = 0
        self.uptime_s, self._starving = 0.0, False
        self._signed: list[Tx] = []
        self._open: list[bytes] = []  # trades that seem to be open
        self._totals: dict[int, tuple[int, int]] = {1: (0, 0)}
        self._next_nonce, self._next_trade, self._next_reference = 0, 1, 1
        self._clients: dict[Role, list[Client]] = {}
        self._connect()

    def run(self, requests: int, *, deaths: int = 4) -> None:
        """So many requests, with so many sudden ends of secured in between."""
        every = max(1, requests // (deaths + 1))
        while self.requests < requests:
            before = self.requests
            self._burst()
            if before // every != self.requests // every:
                self._starve()
                self._die()
            if self._random.random() < 0.05:
                self._pass(self._random.choice([0.001, 0.3, 1, 7]))
        self.book.settle()

    def close(self) -> None:
        """Drop all connections."""
        for clients in self._clients.values():
            for client in clients:
                client.close()

    def _connect(self) -> None:
        self._clients = {
            role: [self._kit.home.client(role) for _ in range(CONNECTIONS)]
            for role in set(self._roles)
        }

    def _pass(self, seconds: float) -> None:
        self._kit.home.pass_s(seconds)
        self.uptime_s += seconds

    def _starve(self) -> None:
        """The disk is full for a while: what cannot be kept must not have happened."""
        self._kit.home.fill_disk(full=True)
        self._starving = True
        for _ in range(3):
            self._burst()
        self._starving = False
        self._kit.home.fill_disk(full=False)

    def _die(self) -> None:
        """Power goes with requests under way; their answers are lost, or come."""
        under_way = [self._ask(self._random.choice(self._roles)) for _ in range(6)]
        self.close()
        assert under_way
        self.book.settle()
        self.deaths += 1
        if self._random.random() < 0.3:
            self._kit.reboot()
            self.uptime_s += 1  # that the new boot's clock shows
        else:
            self._kit.restart()
        self._connect()

    def _burst(self) -> None:
        """Many requests before the first answer is read: they make one batch."""
        asked = [self._ask(self._random.choice(self._roles)) for _ in range(BURST)]
        for role, index, what in asked:
            client = self._clients[role][index]
            with contextlib.suppress(Gone):
                self._judge(what, client.receive())
        if self._random.random() < 0.02:
            self._random.choice(self._clients[Role.NODE]).close()  # it connects again by itself

    def _ask(self, role: Role) -> tuple[Role, int, Asked]:
        index = self._random.randrange(CONNECTIONS)
        datagram, what = self._datagram(role)
        with contextlib.suppress(Gone):
            self._clients[role][index].send(datagram)
        self.requests += 1
        return role, index, what

    def _datagram(self, role: Role) -> tuple[bytes, Asked]:
        chance = self._random.random()
        if chance < 0.08:
            return self._garbage(), (0, None)
        if chance < 0.12:
            return self._others(role)
        command, fields = self._meters() if role is Role.METER else self._traders()
        return request(command, fields, self._random.randrange(2**64)), (command, fields)

    def _garbage(self) -> bytes:
        """Noise, or a good request with a flaw."""
        if self._random.random() < 0.3:
            return self._random.randbytes(self._random.randint(1, 300))
        tree = rlp.item([VERSION, Command.SIGN_TRANSACTION, 1, [self._tx().raw()]])
        at = self._random.choice(list(places(tree)))
        return spoiled(tree, at, self._random.choice(FLAWS)) or b"\x80"

    def _others(self, role: Role) -> tuple[bytes, Asked]:
        """Commands that are none of its business, or that it may give and that sign no money."""
        command = self._random.choice(list(Command))
        if role in roles(command) and (command not in SLOW or self._random.random() > 0.02):
            command = Command.INFO
        return request(command, FIELDS[command]), (0, None)

    def _traders(self) -> tuple[Command, list[Value]]:
        if self._random.random() < 0.1:
            return Command.SIGN_CLAIM, self._claimed()
        return Command.SIGN_TRANSACTION, [self._wire(self._tx())]

    def _claimed(self) -> list[Value]:
        """New references and old ones, prices within and without, beginnings of any kind."""
        if self._random.random() < 0.3:
            self._next_reference += 1
        way = self._random.choice([EXPORT, IMPORT])
        reference = max(0, self._next_reference - self._random.choice([0, 0, 0, 1, 2, 300]))
        changes: dict[str, Value] = {"price": self._random.choice([5, 5, 5, 5, 4, 6, 10, 11])}
        if self._random.random() < 0.1:
            changes["chain_id"] = 1
        if self._random.random() < 0.1:
            changes["consumer"] = self._random.choice([MARKET, TOKEN])
        if self._random.random() < 0.2:
            changes["least_from_uwh"] = self._random.choice([1, 1000, 10**6, 2**64 - 1])
        return asked(reference, way, **changes)

    def _wire(self, tx: Tx) -> bytes:
        self._signed.append(tx)  # signed or not: all are good material for the next
        if len(self._signed) > 400:
            del self._signed[: len(self._signed) - 300]
        return tx.raw()

    def _tx(self) -> Tx:
        choice = self._random.random()
        if choice < 0.35 or not self._signed:
            return self._fresh()
        tx = self._random.choice(self._signed[-40:])
        if choice < 0.5:
            return tx  # the very same again
        if choice < 0.7:
            return self._bumped(tx)
        if choice < 0.9:
            return self._varied(tx)
        return self._fresh().but(nonce=tx.nonce)

    def _fresh(self) -> Tx:
        """The next nonce, and the dearest call there is, or any."""
        self._next_nonce += 1
        price = self._random.choice([1, 10, 1000, FEE // 10**5])
        tx = Tx(nonce=self._next_nonce, tip=0, max_fee=price, gas=10**5)
        match self._random.randrange(6):
            case 0:
                return tx.but(to=TOKEN, data=call(APPROVE, SPENDER, self._edge(4000)))
            case 1:
                words = self._edge(3 * 10**6), 10**6
                return tx.but(value=self._edge(1000), data=call(BUY, *words))
            case 2:
                return tx.but(data=call(OFFER, self._edge(20), 5))
            case 3:
                kind = self._random.choice([0x30, 0x31])
                data = call(BUY, 3 * 10**6, 10**6)
                sender = self._random.choice([self._kit.account] * 4 + [SPENDER])
                return tx.but(kind=kind, sender=sender, value=1000, data=data)
            case 4:
                return tx.but(kind=0, to=TOKEN, data=call(APPROVE, SPENDER, 4000))
            case _:
                return tx.but(value=1000, data=call(BUY, 3 * 10**6, 10**6))

    def _edge(self, most: int) -> int:
        return self._random.choice([0, 1, most - 1, most, most, most, most + 1, 2 * most, MOST])

    def _bumped(self, tx: Tx) -> Tx:
        """Both fees up, or only one, or too far."""
        more = self._random.choice([1, 1, 3, 10**6])
        match self._random.randrange(4):
            case 0:
                return tx.but(max_fee=tx.max_fee + more)
            case 1:
                return tx.but(tip=min(tx.tip + more, tx.max_fee))
            case _:
                return tx.but(tip=tx.tip + 1, max_fee=tx.max_fee + more)

    def _varied(self, tx: Tx) -> Tx:
        """One field of another value."""
        match self._random.randrange(8):
            case 0:
                return tx.but(value=self._edge(1000))
            case 1:
                return tx.but(to=self._random.choice([MARKET, TOKEN, SPENDER]))
            case 2:
                return tx.but(chain_id=self._random.choice([CHAIN, 1, 8217]))
            case 3:
                return tx.but(gas=self._edge(10**5) % 2**64)
            case 4:
                return tx.but(max_fee=self._edge(FEE // 10**5))
            case 5:
                return tx.but(data=tx.data + b"\0" * self._random.choice([1, 31, 32]))
            case 6:
                return tx.but(data=self._random.choice([BUY, OFFER, APPROVE]) + tx.data[4:])
            case _:
                return tx.but(kind=self._random.choice([0, 2, 0x30]), sender=self._kit.account)

    def _meters(self) -> tuple[Command, list[Value]]:
        match self._random.randrange(8):
            case 0:
                return Command.OPEN_TRADE, self._opened()
            case 1:
                session, totals = self._counted()
                return Command.COUNT, [session, *totals]
            case _:
                others = [trade_id(self._random.randint(1, self._next_trade + 1))]
                name = self._random.choice(self._open * 4 + others)
                session, totals = self._counted()
                return Command.SIGN_READING, [name, self._random.random() < 0.04, session, *totals]

    def _opened(self) -> list[Value]:
        """A new trade, or one of before with other fields or the same."""
        number = self._random.randint(1, self._next_trade)
        if self._open and self._random.random() < 0.2:
            number = int.from_bytes(self._random.choice(self._open), "big")
        elif self._random.random() < 0.6:
            number = self._next_trade = self._next_trade + 1
        way = EXPORT if number % 2 else IMPORT
        if self._random.random() < 0.1:
            way = 1 - way
        amount = 10**6 if self._random.random() < 0.8 else self._edge(10**6) % 2**64 or 1
        market = self._random.choice([MARKET] * 9 + [TOKEN])
        return trade(number, way, amount_uwh=amount, market=market)

    def _counted(self) -> tuple[int, tuple[int, int]]:
        """Honest totals mostly; or falling, or leaping ones, of a session old or new."""
        session = self._random.choice(list(self._totals)[-3:])
        if self._random.random() < 0.02:
            session = self._random.randrange(2**32)
        before = self._totals.get(session, (0, 0))
        step = self._random.choice([0, 0, 0, 1, 1, 100, 1000])
        if self._random.random() < 0.15:
            step = self._random.choice([10**5, 10**6, 10**9, 2**63, -1])
        grown = max(0, before[0] + step), max(0, before[1] + self._random.choice([0, step]))
        if 0 <= step <= 1000:
            self._totals[session] = grown
        return session, grown

    def _judge(self, what: Asked, reply: bytes) -> None:
        _, code, found = answered(reply)
        self.codes[code] += 1
        if code in NEVER and not (self._starving and code is Code.STORAGE):
            raise Breach(f"{code.name}: {found}")
        command, fields = what
        if code is not Code.OK or fields is None:
            return
        match command:
            case Command.SIGN_TRANSACTION:
                assert isinstance(found[0], bytes)
                self.ledger.take(found[0], self.uptime_s)
            case Command.OPEN_TRADE:
                ready = named(answers.Ready, found)
                self.book.open(fields, ready)
                if ready.trade not in self._open and not self.book.trades[ready.trade].final:
                    self._open = [*self._open[-3:], ready.trade]
            case Command.SIGN_READING:
                reading = named(answers.Reading, found)
                self.book.read(reading, self.uptime_s)
                if reading.state == 1 and reading.trade in self._open:
                    self._open.remove(reading.trade)
            case Command.SIGN_CLAIM:
                self.book.claim(fields, named(answers.SignedClaim, found), self.uptime_s)
            case Command.COUNT:
                self.book.count(named(answers.Register, found), self.uptime_s)


def attack(
    folder: Path, requests: int, seed: int, *, home: str, meter: bool, deaths: int
) -> Trader:
    """A whole attack on a new device. Raises Breach."""
    kit = Kit(HOMES[home](folder))
    kit.home.start()
    try:
        kit.prepare(RULES)
        trader = Trader(kit, seed, meter=meter)
        trader.run(requests, deaths=deaths)
        trader.close()
        return trader
    finally:
        kit.close()


def main() -> int:
    """The attack at its full length; figures on stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requests", type=int, nargs="?", default=10**6)
    parser.add_argument("--meter", action="store_true", help="the meter's socket too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deaths", type=int, default=50)
    options = parser.parse_args()
    begin_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="evlock-hostile-") as folder:
        trader = attack(
            Path(folder),
            options.requests,
            options.seed,
            home="software",
            meter=options.meter,
            deaths=options.deaths,
        )
    report(trader, time.monotonic() - begin_s, print)
    return 0


def report(trader: Trader, took_s: float, say: Callable[[str], None]) -> None:
    """What came of it."""
    rate = trader.requests / took_s
    say(f"{trader.requests} requests in {took_s:.0f} s, {rate:.0f}/s, {trader.deaths} deaths")
    for code, number in trader.codes.most_common():
        say(f"  {code.name.replace('_', '-'):20} {number}")
    for name, asset in (("token", TOKEN), ("coin", NATIVE), ("fees", FEES)):
        spent, most = trader.ledger.spent.get(asset, 0), trader.ledger.most(asset, trader.uptime_s)
        say(f"signed away: {name} {spent} of at most {most} ({100 * spent / most:.1f} %)")
    nonces = len(trader.ledger.payloads)
    bumps = sum(map(len, trader.ledger.payloads.values())) - nonces
    say(f"{nonces} nonces, {bumps} fee bumps, no second call for any nonce")
    readings = sum(len(one.readings) for one in trader.book.trades.values())
    if readings:
        grown = sum(trader.book.register)
        most_uwh = RATED_POWER_W * (trader.book.burst_s + trader.uptime_s) * 10**6 / 3600
        say(f"{readings} readings of {len(trader.book.trades)} trades, each sequence once")
        say(f"{len(trader.book.claims)} claims, each reference once")
        say(f"registers grew by {grown} µWh of at most {most_uwh:.0f}")


if __name__ == "__main__":
    sys.exit(main())
