"""The owner's policy: who signs it, in which order, and each bound that it sets, by its code."""

import pytest

from tests.conformance import answers, rlp
from tests.conformance.conftest import Make
from tests.conformance.kit import OWNER, PIN, RULES, Kit, trade, trade_id
from tests.conformance.owner import (
    CHAIN,
    ETHER,
    FEES,
    MARKET,
    NATIVE,
    NO_POLICY,
    ONE,
    TOKEN,
    Allowance,
    Bound,
    Call,
    Charge,
    Owner,
    Rules,
)
from tests.conformance.rlp import Value
from tests.conformance.transactions import SELECTOR, Tx, call
from tests.conformance.wire import Code, Command, Role

STRANGER = Owner(b"\x78" * 32)
HEIR = Owner(b"\x79" * 32)
APPROVE, BUY, OTHER = b"\x09\x5e\xa7\xb3", b"\x01\x02\x03\x04", b"\x05\x06\x07\x08"
GWEI, HOUR_S = 10**9, 3600
SPENDER = b"\x0d" * 20
NUMBER = int.from_bytes(SPENDER, "big")
FULL = Rules(
    owner=OWNER.address,
    calls=[
        Call(
            TOKEN,
            APPROVE,
            max_words=2,
            bounds=[Bound(0, NUMBER, NUMBER), Bound(0, 5, 7), Bound(1, 0, 500)],
            charges=[Charge(TOKEN, 1, ONE, 400)],
        ),
        Call(MARKET, BUY, max_value=10, max_words=3, charges=[Charge(TOKEN, 0, 1, 300)]),
        Call(MARKET, OTHER, max_value=0, max_words=0),
    ],
    allowances=[
        Allowance(TOKEN, 1000, 3600),
        Allowance(FEES, 10**15, 10**15),
        Allowance(NATIVE, 25, 10),
    ],
    max_fee_wei=10**14,
    max_trade_uwh=5000,
    max_day_uwh=24_000,
)


@pytest.fixture
def full(blank: Kit) -> Kit:
    """A device under FULL."""
    return blank.prepare(FULL)


def approve(kit: Kit, amount: int, spender: bytes = SPENDER) -> Tx:
    return Tx(nonce=kit.nonce(), to=TOKEN, data=call(APPROVE, spender, amount))


def left(kit: Kit) -> dict[bytes, int]:
    return answers.policy(kit.ask(Command.GET_POLICY)).left


def set_code(kit: Kit, fields: list[Value]) -> Code:
    return kit.refused(Command.SET_POLICY, *fields)


def test_nothing_is_signed_without_a_policy(blank: Kit) -> None:
    blank.restore_key()
    assert blank.refused_tx(Tx()) is Code.POLICY_MISSING
    assert blank.refused(Command.OPEN_TRADE, *trade(1)) is Code.POLICY_MISSING
    blank.claim()
    assert blank.refused_tx(Tx()) is Code.POLICY_MISSING
    empty = answers.policy(blank.ask(Command.GET_POLICY))
    assert empty == (0, NO_POLICY, b"", {}, 0)


def test_nobodys_device_takes_no_policy(blank: Kit) -> None:
    blank.restore_key()
    fields, _ = OWNER.policy(blank.meter, RULES)
    assert set_code(blank, fields) is Code.NOT_CLAIMED


def test_the_first_policy_and_the_next(blank: Kit) -> None:
    blank.restore_key()
    blank.claim()
    first, hashed = OWNER.policy(blank.meter, RULES)
    found = answers.policy(blank.ask(Command.SET_POLICY, *first))
    assert (found.version, found.digest, found.rules) == (1, hashed, RULES.encode())
    assert blank.info().policy_version == 1
    for role in Role:
        assert answers.policy(blank.ask(Command.GET_POLICY, role=role)) == found
    assert answers.policy(blank.ask(Command.SET_POLICY, *first)) == found  # again: the same
    second, _ = OWNER.policy(blank.meter, FULL, 2, hashed)
    assert answers.policy(blank.ask(Command.SET_POLICY, *second)).version == 2
    assert set_code(blank, first) is Code.POLICY_VERSION  # no way back
    blank.restart()
    again = answers.policy(blank.ask(Command.GET_POLICY))
    assert (again.version, again.rules) == (2, FULL.encode())


def test_versions_and_the_chain_of_policies(kit: Kit) -> None:
    for version in (0, 1, 3, 2**32 - 1):
        fields, _ = OWNER.policy(kit.meter, FULL, version, kit.previous)
        assert set_code(kit, fields) is Code.POLICY_VERSION
    for previous in (NO_POLICY, b"\1" * 32):
        fields, _ = OWNER.policy(kit.meter, FULL, 2, previous)
        assert set_code(kit, fields) is Code.POLICY_PREVIOUS
    assert kit.info().policy_version == 1


def test_who_signs(make: Make, kit: Kit) -> None:
    def signed_by(owner: Owner, meter: bytes = b"") -> list[Value]:
        return owner.policy(meter or kit.meter, FULL, 2, kit.previous)[0]

    assert set_code(kit, signed_by(STRANGER)) is Code.POLICY_SIGNER
    assert set_code(kit, signed_by(OWNER, b"\1" * 20)) is Code.POLICY_SIGNER  # another device's
    good = signed_by(OWNER)
    assert isinstance(good[3], bytes)
    for signature in (
        b"\0" * 64,
        b"\xff" * 64,
        good[3][:32] + bytes([good[3][32] ^ 0x80]) + good[3][33:],
        high_s(good[3]),
    ):
        assert set_code(kit, [*good[:3], signature]) is Code.POLICY_SIGNER
    other = make()
    other.prepare()
    assert set_code(other, good) is not Code.OK
    for place in ((CHAIN + 1, MARKET), (CHAIN, TOKEN)):
        fields, _ = OWNER.policy_of(kit.meter, FULL.encode(), 2, kit.previous, place)
        assert set_code(kit, fields) is Code.POLICY_SIGNER
    kit.ask(Command.SET_POLICY, *good)


def high_s(signature: bytes) -> bytes:
    """The same signature with the other s: as good by the mathematics, not by EIP-2."""
    from tests.conformance.structures import ORDER

    packed = int.from_bytes(signature[32:], "big")
    s, parity = packed & (2**255 - 1), packed >> 255
    other = ORDER - s
    return signature[:32] + ((parity ^ 1) << 255 | other & (2**255 - 1)).to_bytes(32, "big")


def test_the_next_policy_is_signed_by_the_owner_that_this_one_names(kit: Kit) -> None:
    kit.set_policy(Rules(owner=HEIR.address))
    assert kit.info().owner == HEIR.address
    fields, _ = OWNER.policy(kit.meter, RULES, 3, kit.previous)
    assert set_code(kit, fields) is Code.POLICY_SIGNER
    kit.restart()
    kit.set_policy(RULES, HEIR)
    assert kit.info().owner == OWNER.address


BAD_RULES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("an empty list", b"\xc0"),
    ("no RLP", b"\xf9"),
    ("trailing byte", RULES.encode() + b"\0"),
    ("a string", rlp.encode(RULES.encode())),
    ("a field less", rlp.encode(rlp.decode(RULES.encode())[:-1])),
    ("a field more", rlp.encode([*rlp.decode(RULES.encode()), b""])),
    ("chain 0", Rules(OWNER.address, chain_id=0).encode()),
    ("chain of 64 bits", Rules(OWNER.address, chain_id=2**63).encode()),
    ("market of 19 bytes", Rules(OWNER.address, market=b"\1" * 19).encode()),
    ("owner of 21 bytes", Rules(b"\1" * 21).encode()),
    ("no owner", Rules(b"").encode()),
    ("release of 19 bytes", Rules(OWNER.address, release=b"\1" * 19).encode()),
    ("too many calls", Rules(OWNER.address, calls=[Call(MARKET, SELECTOR)] * 33).encode()),
    ("selector of 3 bytes", Rules(OWNER.address, calls=[Call(MARKET, b"\1" * 3)]).encode()),
    (
        "low above high",
        Rules(OWNER.address, calls=[Call(MARKET, BUY, bounds=[Bound(0, 2, 1)])]).encode(),
    ),
    (
        "too many bounds",
        Rules(OWNER.address, calls=[Call(MARKET, BUY, bounds=[Bound(0, 0, 1)] * 17)]).encode(),
    ),
    (
        "bound of 257 bits",
        Rules(OWNER.address, calls=[Call(MARKET, BUY, bounds=[Bound(0, 0, 2**256)])]).encode(),
    ),
    (
        "two allowances of one asset",
        Rules(OWNER.address, allowances=[Allowance(NATIVE, 1, 1)] * 2).encode(),
    ),
    ("fee of 257 bits", Rules(OWNER.address, max_fee_wei=2**256).encode()),
    ("trade of 65 bits", Rules(OWNER.address, max_trade_uwh=2**64).encode()),
    ("marks of 33 bits", Rules(OWNER.address, tamper_marks=2**32).encode()),
    ("leading zero", RULES.encode().replace(b"\x82\x7a\x69", b"\x83\x00\x7a\x69", 1)),
]


@pytest.fixture(scope="module")
def owned(shared: Kit) -> Kit:
    """Keeps its first policy."""
    return shared


@pytest.mark.parametrize(("name", "data"), BAD_RULES)
def test_rules_out_of_form(owned: Kit, name: str, data: bytes) -> None:
    fields, _ = OWNER.policy_of(owned.meter, data, 2, owned.previous, (CHAIN, MARKET))
    assert set_code(owned, fields) is Code.POLICY_RULES, name


def test_chain_contract_selector(full: Kit) -> None:
    assert full.refused_tx(Tx(chain_id=1)) is Code.POLICY_CHAIN
    assert full.refused_tx(Tx(to=b"\1" * 20, data=BUY)) is Code.POLICY_CONTRACT
    assert full.refused_tx(Tx(to=TOKEN, data=BUY)) is Code.POLICY_SELECTOR
    assert full.refused_tx(Tx(data=b"")) is Code.POLICY_SELECTOR
    assert full.refused_tx(Tx(data=OTHER[:3])) is Code.POLICY_SELECTOR
    full.sign(Tx(nonce=full.nonce(), data=OTHER))


def test_value_of_a_call_and_its_allowance(full: Kit) -> None:
    def buy(value: int) -> Tx:
        return Tx(nonce=full.nonce(), value=value, data=call(BUY, 0, 0))

    assert full.refused_tx(buy(11)) is Code.POLICY_VALUE
    full.sign(buy(10))
    full.sign(buy(10))
    assert full.refused_tx(buy(6)) is Code.POLICY_ALLOWANCE
    full.sign(buy(5))
    assert left(full)[NATIVE] == 0
    full.home.pass_s(HOUR_S / 10)
    assert left(full)[NATIVE] == 1
    assert full.refused_tx(buy(2)) is Code.POLICY_ALLOWANCE
    full.sign(buy(1))


def test_size_of_a_call(full: Kit) -> None:
    for data in (
        call(OTHER, 1),
        OTHER + b"\0",
        call(BUY, 1),
        call(BUY, 1, 1, 1, 1),
        call(BUY, 1, 1) + b"\0" * 31,
        call(APPROVE, SPENDER),
    ):
        to = TOKEN if data[:4] == APPROVE else MARKET
        assert full.refused_tx(Tx(to=to, data=data)) is Code.POLICY_SIZE, data.hex()
    full.sign(Tx(nonce=full.nonce(), data=call(BUY, 1, 1, 1)))


def test_arguments_of_a_call(full: Kit) -> None:
    dirty = b"\1" + SPENDER.rjust(31, b"\0")  # more than an address in the word
    for spender in (b"\x0e" * 20, b"\4", b"\x08", dirty):
        assert full.refused_tx(approve(full, 1, spender)) is Code.POLICY_ARGUMENT
    assert full.refused_tx(approve(full, 501)) is Code.POLICY_ARGUMENT
    for spender in (SPENDER, b"\5", b"\6", b"\7"):  # bounds on one word are alternatives
        full.sign(approve(full, 1, spender))


def test_amount_of_a_call(full: Kit) -> None:
    assert full.refused_tx(approve(full, 401)) is Code.POLICY_AMOUNT
    full.sign(approve(full, 400))
    energy, price = 10**6, 3 * 10**5  # 300 base units, exactly
    full.sign(Tx(nonce=full.nonce(), data=call(BUY, energy, price)))
    over = Tx(nonce=full.nonce(), data=call(BUY, energy, price + 1))  # rounded up: 301
    assert full.refused_tx(over) is Code.POLICY_AMOUNT
    most = 2**256 - 1
    assert full.refused_tx(over.but(data=call(BUY, most, most))) is Code.POLICY_AMOUNT
    assert left(full)[TOKEN] == 300
    full.sign(over.but(data=call(BUY, 1, 1)))  # a thousand-millionth: one unit
    assert left(full)[TOKEN] == 299


def test_an_allowance_refills_with_uptime_and_no_further(full: Kit) -> None:
    for _ in range(2):
        full.sign(approve(full, 400))
    full.sign(approve(full, 200))
    assert full.refused_tx(approve(full, 1)) is Code.POLICY_ALLOWANCE
    full.home.pass_s(7)
    assert left(full)[TOKEN] == 7
    assert full.refused_tx(approve(full, 8)) is Code.POLICY_ALLOWANCE
    full.sign(approve(full, 7))
    full.restart()  # its clock goes on
    full.home.pass_s(3)
    assert left(full)[TOKEN] == 3
    full.reboot()  # the clock begins anew, at one second
    assert 1 <= left(full)[TOKEN] <= 4  # at least this boot's uptime
    full.home.pass_s(10 * HOUR_S)
    assert left(full)[TOKEN] == 1000


def test_what_is_not_named_cannot_be_spent(blank: Kit) -> None:
    calls = [Call(TOKEN, APPROVE, max_words=2, charges=[Charge(TOKEN, 1, ONE, 9)])]
    blank.prepare(Rules(OWNER.address, calls=calls, allowances=[Allowance(FEES, ETHER, 0)]))
    assert blank.refused_tx(approve(blank, 1)) is Code.POLICY_ALLOWANCE
    blank.sign(approve(blank, 0))
    blank.set_policy(Rules(OWNER.address, calls=calls, allowances=[Allowance(TOKEN, 9, 0)]))
    assert blank.refused_tx(approve(blank, 1)) is Code.POLICY_ALLOWANCE  # no fees
    free = approve(blank, 1).but(max_fee=0, tip=0)
    blank.sign(free)


def test_fees(full: Kit) -> None:
    def paying(fee: int) -> Tx:
        return Tx(nonce=full.nonce(), gas=10**5, max_fee=fee, tip=0, data=OTHER)

    assert full.refused_tx(paying(GWEI + 1)) is Code.POLICY_FEE
    assert full.refused_tx(paying(2**256 - 1)) is Code.POLICY_FEE
    for _ in range(10):
        full.sign(paying(GWEI))
    assert left(full)[FEES] == 0
    assert full.refused_tx(paying(1)) is Code.POLICY_ALLOWANCE
    full.sign(paying(0))


def test_a_refusal_spends_nothing(full: Kit) -> None:
    before = left(full)
    dear = approve(full, 400).but(gas=10**5, max_fee=GWEI + 1)
    assert full.refused_tx(dear) is Code.POLICY_FEE
    assert full.refused_tx(approve(full, 401)) is Code.POLICY_AMOUNT
    used = approve(full, 10)
    full.sign(used)
    spent = left(full)
    assert spent[TOKEN] == before[TOKEN] - 10
    assert full.refused_tx(used.but(data=call(APPROVE, SPENDER, 11))) is Code.NONCE_USED
    full.sign(used)  # the very same again
    assert left(full) == spent
    full.restart()
    assert left(full) == spent


def test_a_new_policy_gives_nothing_back(full: Kit) -> None:
    full.sign(approve(full, 400))
    assert left(full)[TOKEN] == 600
    full.set_policy(FULL)
    assert left(full)[TOKEN] == 600
    bigger = Rules(
        **{**FULL.__dict__, "allowances": [Allowance(TOKEN, 5000, 1), *FULL.allowances[1:]]}
    )
    full.set_policy(bigger)
    assert left(full)[TOKEN] == 600
    smaller = Rules(
        **{**FULL.__dict__, "allowances": [Allowance(TOKEN, 50, 1), *FULL.allowances[1:]]}
    )
    full.set_policy(smaller)
    assert left(full)[TOKEN] == 50
    full.set_policy(bigger)
    assert left(full)[TOKEN] == 50


def test_energy_of_trades(full: Kit) -> None:
    assert full.refused(Command.OPEN_TRADE, *trade(1, chain_id=1)) is Code.POLICY_MARKET
    assert full.refused(Command.OPEN_TRADE, *trade(1, market=TOKEN)) is Code.POLICY_MARKET
    dear = trade(1, amount_uwh=5001)
    assert full.refused(Command.OPEN_TRADE, *dear) is Code.POLICY_TRADE_ENERGY
    day = answers.policy(full.ask(Command.GET_POLICY)).day_left_uwh
    assert day == 24_000
    for number in range(1, 5):
        full.open(trade(number, amount_uwh=5000))
        full.home.pass_s(10)
        full.read(trade_id(number), (0, 5000 * number), final=True)
    last = trade(5, amount_uwh=5000)
    # 20,000 are used up; some seconds have brought back a little (24,000 a day: 1 in 3.6 s).
    assert full.refused(Command.OPEN_TRADE, *last) is Code.POLICY_DAY_ENERGY
    full.home.pass_s(HOUR_S)
    full.open(last)
    assert answers.policy(full.ask(Command.GET_POLICY)).day_left_uwh < 50


def test_unused_energy_comes_back(full: Kit) -> None:
    def day() -> int:
        return answers.policy(full.ask(Command.GET_POLICY)).day_left_uwh

    full.open(trade(1, amount_uwh=5000))
    assert day() == 19_000
    full.open(trade(1, amount_uwh=5000))  # the same: charged once
    assert day() == 19_000
    full.read(trade_id(1), (0, 1500))
    assert day() == 19_000
    full.restart()
    full.read(trade_id(1), (0, 2000), final=True)
    assert day() == 22_000
    full.read(trade_id(1), (0, 2000), final=True)  # FINAL again gives nothing more
    assert day() == 22_000


def test_a_policy_needs_no_pin_and_a_pin_is_no_policy(kit: Kit) -> None:
    """The owner's signature is the authority, whoever carries it in."""
    assert PIN not in str(kit.ask(Command.GET_POLICY))
    kit.set_policy(FULL)
    assert kit.refused(Command.SET_POLICY, *OWNER.policy(kit.meter, FULL)[0], role=Role.NODE) is (
        Code.ROLE
    )
