"""A node's way to its fee payer: ask, sign, have it paid for."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from normal_world.chain import hexes
from normal_world.chain.address_book import write_whole
from normal_world.chain.transport import Transport
from normal_world.errors import ChainRejected, ChainUnreachable
from normal_world.fee_payer.errors import FeeBooksFailed, FeeRefused

REFUSED = -32010
KEPT = 64  # payloads of all that may be under way, and their bumps
WORD = re.compile(r"FEE-[A-Z]{1,20}")
Signer = Callable[[bytes], bytes]


def paid_signer(url: str, sign: Signer, marker: Path) -> Signer:
    """A signer whose calls a fee payer signs too: asked first, so that a refusal costs no nonce.

    `marker` keeps, before anything is signed, which payloads these are: what may be signed already
    waits for the fee payer to change its mind, for the nonce is taken. Without a URL: `sign`.
    """
    if not url:
        return sign
    payer = FeePayerClient(url)

    def signed_by_both(payload: bytes) -> bytes:
        name, known = keccak(payload).hex(), _names(marker)
        try:
            payer.check(payload)
        except FeeRefused:
            if name not in known:
                raise
        else:
            _keep(marker, [*(other for other in known if other != name), name][-KEPT:])
        return payer.pay(sign(payload))

    return signed_by_both


def _names(marker: Path) -> list[str]:
    try:
        return marker.read_text(encoding="ascii").split() if marker.exists() else []
    except (OSError, ValueError) as error:
        raise FeeBooksFailed(f"{marker}: {error}") from error


def _keep(marker: Path, names: list[str]) -> None:
    try:
        write_whole(marker, "\n".join(names))
    except OSError as error:
        raise FeeBooksFailed(f"{marker}: {error}; full disk?") from error


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
        if not isinstance(found, dict) or not isinstance(found.get("day"), dict):
            raise ChainUnreachable(f"{self._transport.url}: not a fee payer")
        return found

    def _ask(self, method: str, *payload: bytes) -> Any:
        answer = self._transport.request(method, [hexes.text(item) for item in payload])
        error = answer.get("error")
        if error is None:
            return answer.get("result")
        found = error if isinstance(error, dict) else {"message": error}
        message = " ".join(str(found.get("message")).split())[:300]
        word, _, text = message.partition(" ")
        if found.get("code") == REFUSED and WORD.fullmatch(word):
            raise FeeRefused(text, word)
        raise ChainUnreachable(f"{self._transport.url} {method}: {message}")
