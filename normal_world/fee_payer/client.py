"""A node's way to its fee payer: ask, sign, have it paid for."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from normal_world.chain import hexes
from normal_world.chain.transport import Transport
from normal_world.errors import ChainRejected, ChainUnreachable
from normal_world.fee_payer.errors import FeeRefused

REFUSED = -32010
Signer = Callable[[bytes], bytes]


def paid_signer(url: str, sign: Signer, marker: Path) -> Signer:
    """A signer whose calls a fee payer signs too: asked first, so that a refusal costs no nonce.

    `marker` keeps, before anything is signed, which payload that is: what may be signed already
    waits for the fee payer to change its mind, for the nonce is taken. Without a URL: `sign`.
    """
    if not url:
        return sign
    payer = FeePayerClient(url)

    def signed_by_both(payload: bytes) -> bytes:
        name = keccak(payload).hex()
        try:
            payer.check(payload)
        except FeeRefused:
            if not marker.exists() or marker.read_text(encoding="ascii") != name:
                raise
        else:
            _write(marker, name)
        return payer.pay(sign(payload))

    return signed_by_both


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class FeePayerClient:
    """Questions to a fee payer's service; ChainUnreachable if it does not answer."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        self._transport = Transport(url, timeout_s)

    def check(self, payload: bytes) -> None:
        """FeeRefused unless the call would be paid for."""
        self._ask("fee_check", payload)

    def pay(self, signed: bytes) -> bytes:
        """The whole transaction; ChainRejected if it is not paid for after all."""
        try:
            return hexes.data(self._ask("fee_pay", signed), "fee_pay")
        except FeeRefused as error:  # it is signed: it must wait, not fail
            raise ChainRejected(f"fee payer: {error}", error.code) from error

    def show(self) -> dict[str, Any]:
        """What the fee payer says of itself."""
        found = self._ask("fee_show")
        if not isinstance(found, dict):
            raise ChainUnreachable(f"{self._transport.url}: not a fee payer")
        return found

    def _ask(self, method: str, *payload: bytes) -> Any:
        answer = self._transport.request(method, [hexes.text(item) for item in payload])
        error = answer.get("error")
        if error is None:
            return answer["result"]
        code, message = error.get("code"), str(error.get("message"))
        if code == REFUSED:
            word, _, text = message.partition(" ")
            raise FeeRefused(text, word)
        raise ChainUnreachable(f"{self._transport.url} {method}: {message}")
