"""Commands about energy: trades, registers, readings."""

from secure_world.commands import Count, OpenTrade, Register, SignReading
from secure_world.device import Device, Keys
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.keys import sign_compact
from secure_world.structures import (
    DELIVERING,
    EXPORT,
    FINAL,
    Reading,
    Ready,
    SignedReading,
    SignedReady,
)
from secure_world.trades import Trade


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
    registers = device.register
    from_uwh = registers.export_uwh if request.direction == EXPORT else registers.import_uwh
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
        device.policy.refund_trade(opened, signed.energy_uwh)
        device.audit.seldom("TRADE", f"final 0x{opened.trade[:8].hex()}", kind="TRADE final")
    return signed


def _ended(trade: bytes) -> SecureWorldRefused:
    text = f"trade 0x{trade.hex()} has its FINAL, expected no more of it"
    return SecureWorldRefused(ErrorCode.TRADE_FINAL, text)
