"""The fee payer itself: each rule in turn, then one signature, kept before it is sent.

A call is checked before its sender signs it (`check`: nothing is lost by a refusal then, not even
a nonce) and again when it comes signed (`pay`). The same signed call again gets the same answer.
"""

import logging
import threading

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from normal_world.chain import delegation, hexes
from normal_world.chain.client import Chain
from normal_world.chain.delegation import Delegated
from normal_world.errors import ChainRejected, ContractReverted, SignerMismatch
from normal_world.fee_payer.books import DONE, LOST, REPLACED, REVERTED, Books, Paid
from normal_world.fee_payer.errors import FeeRefused
from normal_world.fee_payer.limits import DAY_BLOCKS, NONCES_AHEAD, Limits
from normal_world.fee_payer.members import Members

log = logging.getLogger(__name__)


class FeePayer:
    """`functions`: see limits.functions. Every method may raise ChainError (FEE-… a refusal)."""

    def __init__(
        self,
        chain: Chain,
        key: PrivateKey,
        members: Members,
        books: Books,
        functions: dict[tuple[bytes, bytes], str],
        limits: Limits,
    ) -> None:
        self.address = key.public_key.to_address()
        self.limits = limits
        self._chain = chain
        self._key = key
        self._members = members
        self._books = books
        self._functions = functions
        self._lock = threading.Lock()

    def check(self, payload: bytes) -> str:
        """Name of the function of an unsigned call that would be paid for; else FeeRefused."""
        try:
            call = delegation.read_unsigned(payload)
        except SignerMismatch as error:
            raise FeeRefused(str(error), "FEE-FORM") from error
        return self._judge(call)

    def pay(self, raw: bytes) -> bytes:
        """The whole transaction of a sender-signed call, sent; the same again for the same call."""
        with self._lock:
            known = self._books.find(keccak(raw))
            if known is None:
                known = self._sign(raw)
            self._send(known)
            return known.raw

    def watch(self) -> None:
        """Learns what became of the calls that are under way; after a day they are given up."""
        final, since = self._chain.final_block(), self._since()
        for paid in self._books.waiting():
            receipt = self._chain.receipt(paid.transaction)
            if receipt is not None and receipt.block <= final:
                state = DONE if receipt.succeeded else REVERTED
                self._books.ended(paid.call, state, receipt.gas_used)
                log.info("FEE-%s %s of %s, %d gas", *_told(state, paid), receipt.gas_used)
            elif receipt is None and self._chain.nonce(paid.account, hex(final)) > paid.nonce:
                self._books.ended(paid.call, REPLACED, 0)
            elif receipt is None and paid.head < since:
                self._books.ended(paid.call, LOST, None)
                log.info("FEE-%s %s of %s", *_told(LOST, paid))

    def show(self) -> dict[str, object]:
        """Address, coins left, and what each account cost within a day."""
        since = self._since()
        rows = {account: vars(self._books.standing(account, since)) for account in self._accounts()}
        return {"address": self.address, "wei": self._chain.balance(self.address), "day": rows}

    def _accounts(self) -> list[str]:
        return self._books.accounts()

    def _since(self) -> int:
        return max(0, self._chain.head() - DAY_BLOCKS)

    def _sign(self, raw: bytes) -> Paid:
        try:
            call = delegation.read_sender_signed(raw, self._chain.chain_id)
        except SignerMismatch as error:
            raise FeeRefused(str(error), "FEE-FORM") from error
        function = self._judge(call, signed=True)
        whole = delegation.pay(raw, call.chain_id, self._key)
        transaction = hexes.text(bytes(keccak(whole)))
        head = (keccak(raw), hexes.text(call.sender), function, call.nonce, call.gas, call.price)
        paid = Paid(*head, whole, transaction, self._chain.head())
        self._books.put(paid)
        log.info("FEE-PAID %s of %s, at most %d gas", function, paid.account, call.gas)
        return paid

    def _send(self, paid: Paid) -> None:
        if self._chain.knows(paid.transaction):
            return
        try:
            self._chain.send_raw(paid.raw)
        except ChainRejected as error:
            if not self._chain.knows(paid.transaction):
                raise FeeRefused(f"{paid.function}: {error}", "FEE-NODE") from error

    # -- the rules ---------------------------------------------------------------------------
    def _judge(self, call: Delegated, *, signed: bool = False) -> str:
        account = hexes.text(call.sender)
        if call.chain_id != self._chain.chain_id:
            text = f"chain id {call.chain_id}, expected {self._chain.chain_id}"
            raise FeeRefused(text, "FEE-CHAIN")
        if not self._members.meters(account):
            raise FeeRefused(f"{account}: no enrolled meter is its", "FEE-SENDER")
        function = self._function(call)
        self._within(call)
        self._affordable(call, account)
        try:
            self._simulate(call, account, function)
        except FeeRefused as error:
            if not signed or error.code != "FEE-SIMULATION":
                raise
            self._use_up(call, account, error)
        return function

    def _use_up(self, call: Delegated, account: str, would_revert: FeeRefused) -> None:
        """Pays for a signed call that would revert by now: only so its nonce is used up.

        Else an account whose call was overtaken between question and signature could never send
        another. All that is under way counts as reverted here, so it costs no more than reverts do.
        """
        reverts = self._books.standing(account, self._since()).reverts
        if reverts + self._books.under_way(account) >= self.limits.reverts_a_day:
            raise would_revert
        log.info("FEE-OVERTAKEN nonce %d of %s: %s", call.nonce, account, would_revert)

    def _function(self, call: Delegated) -> str:
        found = self._functions.get((call.to, call.data[:4]))
        if found is not None:
            return found
        if not any(to == call.to for to, _ in self._functions):
            raise FeeRefused(f"0x{call.to.hex()}: not a contract of the book", "FEE-CONTRACT")
        raise FeeRefused(f"function 0x{call.data[:4].hex()} is not paid for", "FEE-FUNCTION")

    def _within(self, call: Delegated) -> None:
        if call.value:
            raise FeeRefused(f"value of {call.value} wei, expected 0", "FEE-VALUE")
        if call.gas > self.limits.gas:
            text = f"{call.gas} gas, expected at most {self.limits.gas}"
            raise FeeRefused(text, "FEE-GAS")
        asked = self._chain.gas_price()
        most = asked * self.limits.price_percent // 100
        if not asked <= call.price <= most:
            text = f"price {call.price} wei per gas, expected {asked} to {most}"
            raise FeeRefused(text, "FEE-PRICE")
        used = self._chain.nonce(hexes.text(call.sender))
        if not used <= call.nonce < used + NONCES_AHEAD:
            text = f"nonce {call.nonce}, expected {used} to {used + NONCES_AHEAD - 1}"
            raise FeeRefused(text, "FEE-NONCE")

    def _affordable(self, call: Delegated, account: str) -> None:
        standing = self._books.standing(account, self._since())
        if standing.reverts >= self.limits.reverts_a_day:
            text = f"{account}: {standing.reverts} of its calls reverted within a day"
            raise FeeRefused(
                f"{text}, expected fewer than {self.limits.reverts_a_day}", "FEE-REVERTS"
            )
        if standing.wei + call.gas * call.price > self.limits.wei_a_day:
            text = f"{account}: {standing.wei} wei within a day"
            raise FeeRefused(f"{text}, expected at most {self.limits.wei_a_day}", "FEE-ALLOWANCE")

    def _simulate(self, call: Delegated, account: str, function: str) -> None:
        to = hexes.text(call.to)
        try:
            gas = self._chain.estimate(to, call.data, sender=account, value=call.value)
        except ContractReverted as error:
            raise FeeRefused(f"{function} would revert: {error}", "FEE-SIMULATION") from error
        if gas + delegation.EXTRA_GAS > call.gas:
            text = f"{function}: {call.gas} gas, expected {gas + delegation.EXTRA_GAS} at least"
            raise FeeRefused(text, "FEE-GAS")


def _told(state: str, paid: Paid) -> tuple[str, str, str]:
    return state.upper(), paid.function, paid.account
