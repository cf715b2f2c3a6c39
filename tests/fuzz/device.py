"""A provisioned device in this process whose answers are judged (tests/conformance/ledger.py)."""

from pathlib import Path

from secure_world import rlp as its_rlp
from secure_world.commands import Role
from secure_world.dispatch import answers as its_answers
from secure_world.policy_rules import Rules as ItsRules
from tests.conformance import answers, rlp
from tests.conformance.answers import named
from tests.conformance.ledger import Book, Ledger
from tests.conformance.owner import (
    AUCTION,
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
from tests.conformance.wire import VERSION, Code, Command
from tests.secure_world import owner as its_owner
from tests.secure_world.rig import METER, RATED_POWER_W, Rig

ROLES = tuple(Role)
APPROVE, BUY = b"\x09\x5e\xa7\xb3", b"\xaa\xbb\xcc\xdd"
RULES = Rules(
    owner=its_owner.OWNER,
    calls=[
        Call(MARKET, BUY, max_value=1000, max_words=3, charges=[Charge(TOKEN, 0, 1, 300)]),
        Call(MARKET, BUY, max_value=0, max_words=0),
        Call(
            TOKEN, APPROVE, 0, 2, [Bound(0, 5, 7), Bound(1, 0, 500)], [Charge(TOKEN, 1, ONE, 400)]
        ),
    ],
    allowances=[
        Allowance(TOKEN, 5000, 3600),
        Allowance(NATIVE, 10_000, 36_000),
        Allowance(FEES, 10**13, 10**13),
    ],
    max_fee_wei=10**12,
    max_trade_uwh=10**6,
    max_day_uwh=10**7,
    registry=REGISTRY,
    claims=[ClaimRule(AUCTION, way, 4, 5) for way in (0, 1)],
)
_NEVER = {Code.STORAGE, Code["INTERNAL"]}
_STEP_S = 0.001  # uptime a request


class Judged:
    """Requests in, answers judged."""

    def __init__(self, folder: Path) -> None:
        self._rig, self._time_s = Rig(folder), 0.0
        rules = ItsRules.from_rlp(its_rlp.decode(RULES.encode()))
        self._rig.rule(rules)
        account = self._rig.device.account
        assert account is not None
        self.ledger = Ledger(RULES, account)
        self.book = Book(RULES, METER, RATED_POWER_W)

    def close(self) -> None:
        """Let go of the folder."""
        self._rig.device.close()

    def restart(self) -> None:
        """The process dies and comes back."""
        self._rig.restart()

    def ask(self, role: Role, data: bytes) -> Code:
        """One request's status. Raises AssertionError for an answer that must not be."""
        self._time_s += _STEP_S
        self._rig.clock.pass_s(_STEP_S)
        (reply,) = its_answers(self._rig.device, [(role, data)])
        found = rlp.decode(reply)
        assert isinstance(found, list) and len(found) == 4
        version, number, status, fields = found
        code = Code(rlp.uint(status))
        assert rlp.uint(version) == VERSION and code not in _NEVER
        assert isinstance(fields, list) and len(reply) <= 16 * 1024
        if code is Code.OK:
            self._judge(data, number, fields)
        if self._rig.device.locked:
            self._rig.device.lock(False)
            self._rig.device.commit()
        return code

    def _judge(self, data: bytes, number: rlp.Item, fields: list[rlp.Item]) -> None:
        request = rlp.decode(data)  # strict: what was taken is canonical
        assert isinstance(request, list)
        _, command, asked, given = request
        assert isinstance(given, list) and asked == number
        match rlp.uint(command):
            case Command.SIGN_TRANSACTION:
                assert isinstance(fields[0], bytes)
                self.ledger.take(fields[0], self._time_s)
            case Command.OPEN_TRADE:
                chain, market, name, way, amount, other, check = given
                opened: list[rlp.Value] = [rlp.uint(chain), market, name, rlp.uint(way)]
                opened += [rlp.uint(amount), other, check]
                self.book.open(opened, named(answers.Ready, fields))
                self.book.settle()
            case Command.SIGN_READING:
                self.book.read(named(answers.Reading, fields), self._time_s)
            case Command.SIGN_CLAIM:
                chain, way, user, reference, price, least = given
                wanted: list[rlp.Value] = [rlp.uint(chain), rlp.uint(way), user]
                wanted += [rlp.uint(number) for number in (reference, price, least)]
                self.book.claim(wanted, named(answers.SignedClaim, fields), self._time_s)
                self.book.settle()
            case Command.COUNT:
                self.book.count(named(answers.Register, fields), self._time_s)
