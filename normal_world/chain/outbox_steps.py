"""What the outbox does with an intent: plan, sign, send, watch, bump. The why is in outbox.py."""

import time
from collections.abc import Callable

from normal_world.chain.answers import Receipt
from normal_world.chain.client import Chain
from normal_world.chain.fees import Fees
from normal_world.chain.outbox_rows import Attempt, Intent, Planned, Rows
from normal_world.chain.transaction import Call, check_signed, unsigned
from normal_world.errors import (
    ChainNonceAhead,
    ChainRejected,
    ChainUnreachable,
    ChainWrongId,
    ContractReverted,
)

MAX_IN_FLIGHT = 16  # what nodes keep of one account without argument
GAS_MARGIN_PERCENT = 25  # the state moves between the estimate and the block

Signer = Callable[[bytes], bytes]


class Steps:
    """One run over all open intents; each method may be cut off anywhere and run again."""

    def __init__(
        self,
        rows: Rows,
        chain: Chain,
        account: str,
        sign: Signer,
        refused: tuple[type[Exception], ...],
        bump_blocks: int,
    ) -> None:
        self._rows = rows
        self._chain = chain
        self._account = account
        self._sign = sign
        self._refused = refused
        self._bump_blocks = bump_blocks
        self._head = self._final = 0
        self.look_again = bool(rows.kept())  # for what vanished while nobody was here
        self._until = 0.0

    def run(self) -> None:
        """Watches what is under way, lowest nonce first, then plans what is queued."""
        self._until = time.monotonic() + self._chain.timeout_s
        self._check_chain()
        self._final = self._chain.final_block()
        self._head = self._chain.head()
        if self.look_again:
            self._look_again()
        for intent in self._rows.under_way():
            self._advance(intent)
            self._in_time()
        while self._plan_next():
            self._in_time()

    def _in_time(self) -> None:
        if time.monotonic() > self._until:
            raise ChainUnreachable(f"{self._chain.url}: too slow, the rest waits for the next step")

    def _check_chain(self) -> None:
        here = f"{self._chain.chain_id} {self._chain.block_hash(0)}"
        known = self._rows.store.meta("chain") or self._rows.store.remember("chain", here)
        if known != here:
            raise ChainWrongId(f"{self._chain.url}: chain and genesis {here}, expected {known}")

    def _look_again(self) -> None:
        """What was final and is in no block any more goes the whole way again, under its nonce."""
        for intent in self._rows.kept():
            if self._receipt(self._rows.attempts(intent)) is None:
                self._rows.vanished(intent, self._head + self._bump_blocks)
            self._in_time()
        self.look_again = False

    def _waiting(self) -> list[Planned]:
        return [intent for intent in self._rows.under_way() if intent.state == "pending"]

    # Planning

    def _plan_next(self) -> bool:
        """Gives the oldest queued call a nonce and a payload; whether to go on with the next."""
        intent, waiting = self._rows.next_queued(), self._waiting()
        if intent is None or len(waiting) >= MAX_IN_FLIGHT:
            return False
        call = intent.call
        try:
            gas = self._chain.estimate(call.to, call.data, sender=self._account, value=call.value)
        except ContractReverted as error:
            if waiting:  # it may stand on one of them: ask again when they are in a block
                return False
            self._rows.failed(intent, str(error))
            return True
        self._plan(intent, gas * (100 + GAS_MARGIN_PERCENT) // 100)
        self._advance(self._rows.planned(intent))
        return True

    def _plan(self, intent: Intent, gas: int) -> None:
        fees = self._chain.fees()
        nonce = self._next_nonce()
        payload = self._payload(nonce, gas, fees, intent.call)
        self._rows.plan(intent, nonce, gas, self._head + self._bump_blocks, fees, payload)

    def _next_nonce(self) -> int:
        """The first that is free; ChainNonceAhead if the node would have it far beyond our own.

        What is planned is kept: after one false answer nothing would ever be mined again.
        """
        kept = self._rows.store.meta("next_nonce")
        # A new outbox begins after what the node still holds of an older one.
        used = self._chain.nonce(self._account, "latest" if kept else "pending")
        if kept and used > int(kept) + MAX_IN_FLIGHT:
            raise ChainNonceAhead(
                f"{self._chain.url}: nonce {used} of {self._account}, "
                f"expected {kept} to {int(kept) + MAX_IN_FLIGHT}"
            )
        return max(int(kept or 0), used)

    def _payload(self, nonce: int, gas: int, fees: Fees, call: Call) -> bytes:
        by = self._account if self._chain.delegated else None
        return unsigned(self._chain.chain_id, nonce, gas, fees, call, delegated_by=by)

    # One intent

    def _advance(self, intent: Planned) -> None:
        """Looks for the intent's transaction in the chain; signs and sends what is missing."""
        attempts = self._rows.attempts(intent)
        receipt = self._receipt(attempts)
        if receipt is not None:
            self._in_block(intent, receipt)
            return
        if intent.state == "mined":
            self._rows.vanished(intent, self._head + self._bump_blocks)
        newest = attempts[-1]
        if newest.hash is None and not self._is_too_cheap(intent, newest):
            self._sign_and_send(intent, newest)
        elif self._head >= intent.patience and self._waiting()[0].id == intent.id:
            self._bump(intent, newest)  # only the lowest nonce can be stuck for its fees
        elif newest.hash is not None and not self._chain.knows(newest.hash):
            self._send(intent)

    def _is_too_cheap(self, intent: Planned, newest: Attempt) -> bool:
        """A fee payer signs nothing below the price of the day: what waited for it may be."""
        return (
            self._chain.delegated
            and self._head >= intent.patience
            and self._chain.fees().max_fee > newest.fees.max_fee
        )

    def _receipt(self, attempts: list[Attempt]) -> Receipt | None:
        for attempt in reversed(attempts):
            if attempt.hash and (receipt := self._chain.receipt(attempt.hash)):
                return receipt
        return None

    def _in_block(self, intent: Planned, receipt: Receipt) -> None:
        if receipt.block <= self._final:
            reason = None
            if not receipt.succeeded:
                reason = self._chain.why_reverted(intent.call, self._account, intent.gas, receipt)
            self._rows.executed(intent, receipt, reason)
        elif (intent.transaction, intent.block) != (receipt.transaction, receipt.block):
            self._rows.mined(intent, receipt)

    def _sign_and_send(self, intent: Planned, attempt: Attempt) -> None:
        try:
            signed = self._sign(attempt.unsigned)
        except self._refused as error:
            if attempt.serial:
                self._rows.drop_attempt(intent, attempt.serial)
            else:
                code, reason = getattr(error, "code", "REFUSED"), str(error)
                reason = reason if reason.startswith(code) else f"{code} {reason}"
                self._rows.failed(intent, reason, free_nonce=True)
            return
        transaction = check_signed(signed, attempt.unsigned, self._account)
        self._rows.signed(intent, attempt.serial, signed, transaction)
        self._send(intent)

    def _send(self, intent: Planned) -> None:
        """Hands the newest payload to the node; its refusal is fine if it knows the nonce."""
        attempts = self._rows.attempts(intent)
        try:
            self._chain.send_raw(attempts[-1].signed or b"")
        except ChainRejected as error:
            if any(self._chain.knows(item.hash) for item in reversed(attempts) if item.hash):
                return  # this payload, or an older one of the same call
            if self._chain.nonce(self._account) > intent.nonce:
                self._nonce_taken(intent, attempts)
                return
            code = "CHAIN-FUNDS" if "insufficient funds" in str(error).lower() else None
            raise ChainRejected(f"{intent.name}: {error}", code, error.rpc_code) from error

    def _nonce_taken(self, intent: Planned, attempts: list[Attempt]) -> None:
        """Somebody else used the account: a failure once his transaction is final."""
        used = self._chain.nonce(self._account, hex(self._final))
        if used > intent.nonce and self._receipt(attempts) is None:
            reason = f"CHAIN-NONCE-TAKEN nonce {intent.nonce} went to another transaction"
            self._rows.failed(intent, reason)

    def _bump(self, intent: Planned, newest: Attempt) -> None:
        """The same call under the same nonce for more; the first one mined ends both."""
        fees = newest.fees.bumped_up(self._chain.fees())
        payload = self._payload(intent.nonce, intent.gas, fees, intent.call)
        patience = self._head + self._bump_blocks
        self._rows.add_attempt(intent, newest.serial + 1, patience, fees, payload)
        self._sign_and_send(intent, self._rows.attempts(intent)[-1])
