"""Commands about energy: trades, registers, readings, claims."""

from secure_world.commands import Count, OpenTrade, Register, SignClaim, SignedClaim, SignReading
from secure_world.device import Device, Keys
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.keys import sign_compact
from secure_world.structures import (
    DELIVERING,
    FINAL,
    EnergyClaim,
    Reading,
    Ready,
    SignedReading,
    SignedReady,
    claim_purpose,
)
from secure_world.trades import Trade

WAYS = ("import", "export")  # by direction


def open_trade(device: Device, request: OpenTrade) -> SignedReady:
    """Pin a trade at the present register and sign Ready; again, the very same."""
    keys = device.signing_keys
    if request.counterpart == keys.meter:
        text = "counterpart is this meter itself, expected another"
        raise SecureWorldRefused(ErrorCode.TRADE_MISMATCH, text)
    known = device.trades.get(request.trade)
    if known is None:
        return _ready(keys, request, _add(device, request))
    if known.opened != request:
        text = f"trade 0x{request.trade.hex()} was opened with other fields, expected the same"
        raise SecureWorldRefused(ErrorCode.TRADE_MISMATCH, text)
    return _ready(keys, request, known.from_uwh)


def count(device: Device, request: Count) -> Register:
    """Bring the registers up to the totals."""
    device.check_provisioned()
    device.register.count(request.session, request.imported_uwh, request.exported_uwh)
    return device.register.read()


def sign_reading(device: Device, request: SignReading) -> SignedReading:
    """Count, then sign the next reading; a FINAL is signed once and then only repeated."""
    keys = device.signing_keys
    trade = device.trades.get(request.trade)
    if trade is None:
        return _again(device, request)
    trade.check_sequence(final=request.final)
    device.register.count(request.session, request.imported_uwh, request.exported_uwh)
    return _reading(device, keys, trade, final=request.final)


def sign_claim(device: Device, request: SignClaim) -> SignedClaim:
    """All energy of the direction that is not claimed yet; asked again it is the very same."""
    keys = device.signing_keys
    registry = device.policy.check_claim(request)
    known = device.claims.look(request, registry)
    if known is not None:
        return _claim(keys, request, registry, known.from_uwh, known.to_uwh)
    from_uwh, to_uwh = _unclaimed(device, request)
    device.policy.charge_claim(to_uwh - from_uwh)
    device.claims.record(request, registry, from_uwh, to_uwh)
    energy = f"{to_uwh - from_uwh} µWh for 0x{request.consumer.hex()}"
    device.audit.seldom("ENERGY-CLAIM", f"{WAYS[request.direction]} {energy}")
    return _claim(keys, request, registry, from_uwh, to_uwh)


def _unclaimed(device: Device, request: SignClaim) -> tuple[int, int]:
    """The interval of a new claim. Raises CLAIM-OPEN, CLAIM-EMPTY."""
    direction = request.direction
    other = device.trades.open_in(direction)
    if other is not None:
        text = f"trade 0x{other.hex()} is open in this direction, expected its FINAL first"
        raise SecureWorldRefused(ErrorCode.CLAIM_OPEN, text)
    from_uwh = max(device.claims.claimed_uwh(direction), request.least_from_uwh)
    to_uwh = device.register.of(direction)
    if from_uwh >= to_uwh:
        text = f"nothing between {from_uwh} µWh and the register's {to_uwh}, expected energy"
        raise SecureWorldRefused(ErrorCode.CLAIM_EMPTY, text)
    return from_uwh, to_uwh


def _claim(
    keys: Keys, request: SignClaim, registry: bytes, from_uwh: int, to_uwh: int
) -> SignedClaim:
    purpose = claim_purpose(request.consumer, request.reference, request.price)
    claim = EnergyClaim(keys.meter, request.direction, from_uwh, to_uwh, purpose)
    signature = sign_compact(keys.meter_key, claim.digest(request.chain_id, registry))
    return SignedClaim(from_uwh, to_uwh, signature)


def _again(device: Device, request: SignReading) -> SignedReading:
    """The FINAL of a trade that has ended."""
    final = device.trades.final(request.trade)
    if final is None:
        text = f"trade 0x{request.trade.hex()}, expected one that was opened"
        raise SecureWorldRefused(ErrorCode.TRADE_UNKNOWN, text)
    if not request.final:
        raise _ended(request.trade)
    return final


def _add(device: Device, request: OpenTrade) -> int:
    """The register where the new trade begins, µWh."""
    if device.trades.final(request.trade) is not None:
        raise _ended(request.trade)
    other = device.trades.open_in(request.direction)
    if other is not None:
        text = f"trade 0x{other.hex()} is open in this direction, expected its FINAL first"
        raise SecureWorldRefused(ErrorCode.TRADE_OPEN, text)
    device.policy.check_trade(request)
    from_uwh = device.register.of(request.direction)
    device.policy.charge_trade(request)
    device.trades.add(request, from_uwh)
    device.audit.seldom("TRADE", f"opened 0x{request.trade[:8].hex()}", kind="TRADE opened")
    return from_uwh


def _ready(keys: Keys, opened: OpenTrade, from_uwh: int) -> SignedReady:
    ready = Ready(opened.trade, keys.meter, from_uwh, opened.self_check)
    signature = sign_compact(keys.meter_key, ready.digest(opened.chain_id, opened.market))
    return SignedReady(ready.trade, ready.meter, ready.from_uwh, ready.self_check, signature)


def _reading(device: Device, keys: Keys, trade: Trade, *, final: bool) -> SignedReading:
    opened, registers = trade.opened, device.register
    to_uwh = trade.to_uwh(registers.import_uwh, registers.export_uwh)
    sequence = trade.take_sequence()
    state = FINAL if final else DELIVERING
    fields = (opened.trade, keys.meter, trade.from_uwh, to_uwh, sequence, state)
    digest = Reading(*fields).digest(opened.chain_id, opened.market)
    signed = SignedReading(*fields, sign_compact(keys.meter_key, digest))
    if final:
        device.trades.finish(signed)
        device.claims.reached(opened.direction, to_uwh)
        device.policy.refund_trade(opened, signed.energy_uwh)
        device.audit.seldom("TRADE", f"final 0x{opened.trade[:8].hex()}", kind="TRADE final")
    return signed


def _ended(trade: bytes) -> SecureWorldRefused:
    text = f"trade 0x{trade.hex()} has its FINAL, expected no more of it"
    return SecureWorldRefused(ErrorCode.TRADE_FINAL, text)
