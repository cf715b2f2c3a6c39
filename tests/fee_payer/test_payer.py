"""What a fee payer pays for, what it refuses and why, and its books over a restart."""

from dataclasses import replace
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey

from normal_world.chain import abi, delegation
from normal_world.fee_payer.errors import FeeRefused
from normal_world.fee_payer.limits import DAY_BLOCKS, Limits
from tests.fee_payer.conftest import ACCOUNT, METER, PAYER, World


def code(world: World, call: delegation.Delegated) -> str:
    """The code by which both the question and the signed call are refused."""
    with pytest.raises(FeeRefused) as asked:
        world.payer.check(call.unsigned())
    with pytest.raises(FeeRefused) as sent:
        world.payer.pay(world.signed(call))
    assert asked.value.code == sent.value.code
    assert not world.chain.sent
    return asked.value.code


def test_a_meters_call_is_paid_for_sent_and_booked(world: World) -> None:
    call, payer = world.call(), world.payer
    assert payer.check(call.unsigned()) == "EnergyMarket.offer"
    whole = payer.pay(world.signed(call))
    found, paid_by = delegation.read_paid(whole, call.chain_id)
    assert (found, paid_by) == (call, PAYER.public_key.to_canonical_address())
    assert list(world.chain.sent.values()) == [whole]
    assert world.books.standing(ACCOUNT, 0).wei == call.gas * call.price


def test_the_same_call_again_is_the_same_answer_after_a_restart_too(world: World) -> None:
    signed = world.signed(world.call())
    first = world.payer.pay(signed)
    world.chain.sent.clear()  # the node forgot it: it is sent again
    assert world.payer.pay(signed) == first
    assert list(world.chain.sent.values()) == [first]
    assert world.books.standing(ACCOUNT, 0).calls == 1


def test_a_call_is_booked_before_it_is_sent(world: World) -> None:
    world.chain.down = True
    signed = world.signed(world.call())
    with pytest.raises(FeeRefused, match="txpool is full") as refused:
        world.payer.pay(signed)
    assert refused.value.code == "FEE-NODE"
    assert world.books.standing(ACCOUNT, 0).calls == 1
    world.chain.down = False
    assert world.payer.pay(signed)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"to": b"\x01" * 20}, "FEE-CONTRACT"),
        ({"value": 1}, "FEE-VALUE"),
        ({"gas": 2_000_001}, "FEE-GAS"),
        ({"gas": 21_000}, "FEE-GAS"),
        ({"price": 0}, "FEE-PRICE"),
        ({"price": 10**15}, "FEE-PRICE"),
        ({"nonce": 16}, "FEE-NONCE"),
        ({"data": b""}, "FEE-FUNCTION"),
        ({"data": bytes.fromhex("a9059cbb") + bytes(64)}, "FEE-FUNCTION"),
    ],
)
def test_what_it_does_not_pay_for(world: World, changes: dict[str, Any], expected: str) -> None:
    assert code(world, world.call(**changes)) == expected


def test_a_call_for_another_chain(world: World) -> None:
    call = world.call(chain_id=8217)
    with pytest.raises(FeeRefused) as asked:
        world.payer.check(call.unsigned())
    with pytest.raises(FeeRefused) as sent:
        world.payer.pay(world.signed(call))
    assert (asked.value.code, sent.value.code) == ("FEE-CHAIN", "FEE-FORM")


def test_a_call_that_would_revert_says_why(world: World) -> None:
    call = world.call(abi.encode("EnergyMarket", "cancel", [99]))
    with pytest.raises(FeeRefused, match="OfferUnknown"):
        world.payer.check(call.unsigned())


def test_a_call_that_was_overtaken_after_its_question_uses_its_nonce_up(world: World) -> None:
    """Else the nonce, signed already, could never be used, and no later one either."""
    world.limits = Limits(reverts_a_day=2)
    payer, wrong = world.payer, abi.encode("EnergyMarket", "cancel", [99])
    for nonce in range(2):
        assert payer.pay(world.signed(world.call(wrong, nonce=nonce)))
    third = world.signed(world.call(wrong, nonce=2))
    with pytest.raises(FeeRefused, match="OfferUnknown") as refused:
        payer.pay(third)  # two are under way, and may revert
    assert refused.value.code == "FEE-SIMULATION"
    assert payer.pay(world.signed(world.call(nonce=2)))  # what is sound is paid for all the same
    for transaction in list(world.chain.sent)[:2]:
        world.chain.mine(transaction, succeeded=False)
    payer.watch()
    with pytest.raises(FeeRefused) as refused:
        payer.pay(third)
    assert refused.value.code == "FEE-REVERTS"


def test_only_accounts_of_enrolled_meters(world: World) -> None:
    stranger = PrivateKey(b"\x33" * 32)
    call = world.call(sender=stranger.public_key.to_canonical_address())
    with pytest.raises(FeeRefused) as refused:
        world.payer.pay(world.signed(call, stranger))
    assert refused.value.code == "FEE-SENDER"


def test_an_account_whose_only_meter_retires_is_paid_for_no_more(world: World) -> None:
    key, meter = PrivateKey(b"\x44" * 32), "0x" + "bb" * 20
    account = key.public_key.to_address()
    enroll = abi.encode("MeterRegistry", "enroll", [meter, account, 1, 100, 1])
    world.operator.send(world.book.registry, enroll)
    payer = world.payer
    data = abi.encode("EnergyMarket", "offer", [meter, 1, 10, 10**18, 0])
    call = world.call(data, sender=key.public_key.to_canonical_address())
    assert payer.check(call.unsigned())
    world.operator.send(world.book.registry, abi.encode("MeterRegistry", "retire", [meter]))
    with pytest.raises(FeeRefused) as refused:
        payer.check(call.unsigned())
    assert refused.value.code == "FEE-SENDER"


def test_a_signature_of_somebody_else_is_refused(world: World) -> None:
    forged = world.signed(world.call(), PrivateKey(b"\x55" * 32))
    with pytest.raises(FeeRefused, match="expected the sender") as refused:
        world.payer.pay(forged)
    assert refused.value.code == "FEE-FORM"


def test_too_many_reverts_end_the_credit_of_a_day(world: World) -> None:
    world.limits = Limits(reverts_a_day=2)
    payer = world.payer
    for number in range(2):
        payer.pay(world.signed(world.call(world.offer(number), nonce=number)))
    for transaction in list(world.chain.sent):
        world.chain.mine(transaction, succeeded=False)
    assert payer.check(world.call(world.offer(3), nonce=3).unsigned())  # not known yet
    payer.watch()
    assert world.books.standing(ACCOUNT, 0).reverts == 2
    with pytest.raises(FeeRefused, match="2 of its calls reverted") as refused:
        payer.check(world.call(world.offer(3), nonce=3).unsigned())
    assert refused.value.code == "FEE-REVERTS"


def test_an_account_costs_so_much_a_day_and_no_more(world: World) -> None:
    call = world.call()
    world.limits = Limits(wei_a_day=call.gas * call.price * 2 - 1)
    world.payer.pay(world.signed(call))
    assert code_of_next(world, call) == "FEE-ALLOWANCE"
    world.chain.mine(next(iter(world.chain.sent)))
    world.payer.watch()  # only the gas that was used counts from now on
    assert world.payer.check(replace(call, nonce=1, data=world.offer(2)).unsigned())


def code_of_next(world: World, call: delegation.Delegated) -> str:
    with pytest.raises(FeeRefused) as refused:
        world.payer.check(replace(call, nonce=1, data=world.offer(2)).unsigned())
    return refused.value.code


def test_a_call_in_no_block_for_a_day_is_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not asked for any more, and it is still no gift: its nonce may come to be used."""
    call, payer = world.call(), world.payer
    signed = world.signed(call)
    whole = payer.pay(signed)
    begun = world.chain.head()
    monkeypatch.setattr(world.chain, "final_block", lambda: begun)
    for passed, waiting in ((DAY_BLOCKS, 1), (DAY_BLOCKS + 1, 0)):
        monkeypatch.setattr(world.chain, "head", lambda late=begun + passed: late)
        payer.watch()
        assert len(world.books.waiting()) == waiting
    assert world.books.standing(ACCOUNT, 0).wei == call.gas * call.price
    monkeypatch.setattr(world.chain, "receipt", lambda _name: pytest.fail("asked again"))
    payer.watch()
    assert payer.pay(signed) == whole


def test_a_call_whose_nonce_went_to_another_costs_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = world.payer
    payer.pay(world.signed(world.call()))
    monkeypatch.setattr(world.chain, "nonce", lambda *_: 1)
    payer.watch()
    assert world.books.waiting() == []
    assert world.books.standing(ACCOUNT, 0).wei == 0


def test_it_shows_who_cost_what(world: World) -> None:
    call = world.call()
    world.payer.pay(world.signed(call))
    told = world.payer.show()
    assert told["address"] == PAYER.public_key.to_address()
    wei = call.gas * call.price
    assert told["day"] == {ACCOUNT: {"calls": 1, "reverts": 0, "wei": wei}}
    assert METER != ACCOUNT
