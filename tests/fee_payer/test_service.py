"""The way from a node's outbox over the service to the chain, and what goes wrong on it."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from normal_world.chain import delegation
from normal_world.chain.outbox import Outbox
from normal_world.errors import ChainRejected, ChainUnreachable, ContractReverted
from normal_world.fee_payer.client import FeePayerClient, paid_signer
from normal_world.fee_payer.errors import FeeBooksFailed, FeeRefused
from normal_world.fee_payer.limits import Limits
from normal_world.fee_payer.service import FeePayerService
from tests.fee_payer.conftest import ACCOUNT, World


@pytest.fixture
def service(world: World) -> Iterator[FeePayerService]:
    running = FeePayerService(world.payer, "127.0.0.1", 0)
    yield running
    running.close()


def outbox(world: World, url: str, folder: Path) -> Outbox:
    def sign(payload: bytes) -> bytes:
        return world.signed(delegation.read_unsigned(payload))

    world.chain.delegated = True
    signer = paid_signer(url, sign, folder / "marker")
    path = folder / "outbox.sqlite"
    return Outbox(path, world.chain, ACCOUNT, signer, refused=(FeeRefused,))


def test_a_node_without_coins_gets_its_call_into_the_chain(
    world: World, service: FeePayerService, tmp_path: Path
) -> None:
    box = outbox(world, service.url, tmp_path)
    box.put("offer", world.book.market, world.offer())
    box.step()
    (transaction,) = world.chain.sent
    assert box.outcome("offer").state == "pending"
    world.chain.mine(transaction)
    box.step()
    assert box.outcome("offer").state == "settled"
    assert box.outcome("offer").transaction == transaction
    box.close()


def test_a_refusal_before_signing_costs_no_nonce(
    world: World, service: FeePayerService, tmp_path: Path
) -> None:
    box = outbox(world, service.url, tmp_path)
    transfer = bytes.fromhex("a9059cbb") + bytes(12) + bytes.fromhex(ACCOUNT[2:]) + bytes(32)
    box.put("transfer", world.book.token, transfer)
    box.put("offer", world.book.market, world.offer())
    box.step()
    refused = box.outcome("transfer")
    assert refused.state == "failed"
    assert str(refused.reason).startswith("FEE-FUNCTION")
    (raw,) = world.chain.sent.values()
    assert delegation.read_paid(raw, world.chain.chain_id)[0].nonce == 0
    box.close()


def test_what_may_be_signed_already_waits(
    world: World, service: FeePayerService, tmp_path: Path
) -> None:
    """The account has signed, the fee payer could not send; later it would pay for less."""

    def sign(asked: bytes) -> bytes:
        return world.signed(delegation.read_unsigned(asked))

    payload, marker = world.call().unsigned(), tmp_path / "marker"
    world.chain.down = True
    with pytest.raises(ChainRejected, match="txpool is full"):
        paid_signer(service.url, sign, marker)(payload)
    world.limits = Limits(gas=1)
    strict = FeePayerService(world.payer, "127.0.0.1", 0)
    signer = paid_signer(strict.url, sign, marker)
    with pytest.raises(ChainRejected) as waits:
        signer(payload)
    assert not isinstance(waits.value, FeeRefused)
    with pytest.raises(FeeRefused, match="at most 1"):
        signer(world.call(nonce=1).unsigned())
    world.chain.down = False  # it is in the books: that it costs more than now allowed is past
    assert delegation.read_paid(signer(payload), world.chain.chain_id)
    strict.close()


def test_what_was_signed_goes_out_when_it_was_overtaken_or_grew_too_cheap(
    world: World, service: FeePayerService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fee payer could not send. By now the call would revert, or gas costs more."""
    asked = world.chain.gas_price()
    for number, price in ((71, asked), (72, 3 * asked)):
        monkeypatch.setattr(world.chain, "gas_price", lambda: asked)
        folder = tmp_path / str(number)
        folder.mkdir()
        box = outbox(world, service.url, folder)
        world.chain.sent.clear()
        pay = FeePayerClient.pay
        monkeypatch.setattr(FeePayerClient, "pay", _away)
        box.put("offer", world.book.market, world.offer(number))
        with pytest.raises(ChainUnreachable):
            box.step()
        monkeypatch.setattr(FeePayerClient, "pay", pay)
        monkeypatch.setattr(world.chain, "gas_price", lambda now=price: now)
        if price == asked:
            monkeypatch.setattr(world.chain, "estimate", _reverts)
        for _ in range(8):
            world.operator.chain.rpc("evm_mine")
        box.step()
        (raw,) = world.chain.sent.values()
        call, _ = delegation.read_paid(raw, world.chain.chain_id)
        assert (call.nonce, call.data) == (0, world.offer(number))
        assert price <= call.price <= 2 * price
        box.close()
        monkeypatch.undo()


def _away(_self: object, _signed: bytes) -> bytes:
    raise ChainUnreachable("fee payer away")


def _reverts(*_a: object, **_k: object) -> int:
    raise ContractReverted("EnergyMarket.offer reverted: OfferOpen")


def test_books_that_cannot_be_written_sign_nothing_and_are_named(
    world: World, service: FeePayerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = MagicMock()
    full.execute.side_effect = sqlite3.OperationalError("database or disk is full")
    whole = world.books._database
    monkeypatch.setattr(world.books, "_database", full)
    signed = world.signed(world.call())
    with pytest.raises(ChainUnreachable, match=r"FEE-BOOKS .*disk is full"):
        FeePayerClient(service.url).pay(signed)
    assert not world.chain.sent
    service._look()  # the thread that follows receipts goes on
    monkeypatch.setattr(world.books, "_database", whole)
    assert FeePayerClient(service.url).pay(signed)


def test_a_note_that_cannot_be_written_signs_nothing(
    world: World, service: FeePayerService, tmp_path: Path
) -> None:
    marker = tmp_path / "gone" / "marker"
    signer = paid_signer(service.url, lambda _payload: pytest.fail("signed"), marker)
    with pytest.raises(FeeBooksFailed, match="marker"):
        signer(world.call().unsigned())
    marker.parent.mkdir()
    marker.write_bytes(b"\xff")
    with pytest.raises(FeeBooksFailed, match="marker"):
        signer(world.call().unsigned())


def test_what_may_be_signed_waits_whatever_else_was_asked_for_since(
    world: World, service: FeePayerService, tmp_path: Path
) -> None:
    """A fee bump of an older call comes between: the younger one's nonce is taken all the same."""

    def sign(asked: bytes) -> bytes:
        return world.signed(delegation.read_unsigned(asked))

    signer = paid_signer(service.url, sign, tmp_path / "marker")
    older, younger = (world.call(world.offer(80 + n), nonce=n) for n in range(2))
    world.chain.down = True
    with pytest.raises(ChainRejected):
        signer(younger.unsigned())
    world.chain.down = False
    signer(older.unsigned())
    world.limits = Limits(gas=1)
    strict = FeePayerService(world.payer, "127.0.0.1", 0)
    assert paid_signer(strict.url, sign, tmp_path / "marker")(younger.unsigned())
    strict.close()


def test_nobody_there_is_a_chain_error(tmp_path: Path) -> None:
    signer = paid_signer("http://127.0.0.1:1", lambda payload: payload, tmp_path / "marker")
    with pytest.raises(ChainUnreachable):
        signer(b"payload")


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "no"},
        {"error": []},
        {"error": {"code": -32010}},
        {"error": {"code": -32010, "message": "settled\nORDER a done"}},
        {"error": None},
        {"result": 5},
        {"result": None},
    ],
)
def test_a_payer_that_lies_is_no_payer(
    answer: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = FeePayerClient("http://payer")
    monkeypatch.setattr(client._transport, "request", lambda *_: answer)
    with pytest.raises(ChainUnreachable) as told:
        client.pay(b"\x31")
    assert "\n" not in str(told.value)
    with pytest.raises(ChainUnreachable):
        client.show()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None
)
@given(st.binary(max_size=200) | st.from_regex(rb'\{"method": *"fee_(pay|check)".*\}'))
def test_garbage_gets_an_answer(service: FeePayerService, body: bytes) -> None:
    assert "error" in json.loads(service.answer(body))


def test_show_over_the_wire(world: World, service: FeePayerService) -> None:
    assert FeePayerClient(service.url).show()["address"] == world.payer.address
