"""One request of each command that is good in form, and ways to put it out of form."""

from collections.abc import Callable, Iterator

from tests.conformance import rlp
from tests.conformance.kit import OWNER, PIN, RULES, asked, trade
from tests.conformance.rlp import Item, Value
from tests.conformance.transactions import Tx
from tests.conformance.wire import VERSION, Command, Role

ADMIN, METER, NODE = {Role.ADMIN}, {Role.METER}, {Role.NODE}
ALLOWED = {
    Command.INFO: set(Role),
    Command.GET_POLICY: set(Role),
    Command.ATTEST: ADMIN | NODE,
    Command.SIGN_TRANSACTION: NODE,
    Command.SIGN_LINK: NODE,
    Command.LINK_SESSION: NODE,
    Command.SIGN_CLAIM: NODE,
    Command.OPEN_TRADE: METER,
    Command.COUNT: METER,
    Command.SIGN_READING: METER,
    Command.TAMPER: METER,
}
_POINT = bytes.fromhex(  # generator of P-256
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
FIELDS: dict[Command, list[Value]] = {
    Command.INFO: [],
    Command.PROVISION: [12, "", 3600],
    Command.CONFIRM: [b"\1" * 20],
    Command.RESTORE: ["abandon " * 11 + "about", "", 3600],
    Command.SET_POLICY: [1, b"\0" * 32, RULES.encode(), b"\1" * 64],
    Command.LOCK: [],
    Command.UNLOCK: [PIN],
    Command.CLAIM: [OWNER.public_key, PIN],
    Command.CHANGE_PIN: [PIN, "another one"],
    Command.GET_POLICY: [],
    Command.AUDIT: [1],
    Command.ATTEST: [b"\2" * 32],
    Command.BACKUP: [PIN],
    Command.RESTORE_KEY: [b"\3" * 32, 3600],
    Command.ZEROISE: [PIN],
    Command.SIGN_TRANSACTION: [Tx().raw()],
    Command.SIGN_LINK: [True, b"\4" * 32, b"\5" * 32, b"\6" * 32, b"\7" * 32],
    Command.LINK_REQUEST: [],
    Command.LINK_SESSION: [_POINT, 1_700_000_000, 3600],
    Command.SET_PASSPHRASE: [PIN, "a passphrase"],
    Command.UNSEAL: ["a passphrase"],
    Command.ENROLL_MANIFEST: [1, 0, b"\b" * 32, b"\1" * 64],
    Command.OPEN_TRADE: trade(1),
    Command.COUNT: [1, 0, 0],
    Command.SIGN_READING: [b"\1" * 32, False, 1, 0, 0],
    Command.TAMPER: [0],
    Command.SIGN_CLAIM: asked(7),
}
# Bits of the integers and bytes of the strings: one more is out of form.
TOO_MUCH: list[tuple[Command, int, Value]] = [
    (Command.PROVISION, 0, 256),
    (Command.PROVISION, 0, 13),
    (Command.PROVISION, 1, "x" * 513),
    (Command.PROVISION, 1, b"\xff"),
    (Command.PROVISION, 2, 0),
    (Command.PROVISION, 2, 1 << 24),
    (Command.CONFIRM, 0, b"\1" * 19),
    (Command.CONFIRM, 0, b"\1" * 21),
    (Command.RESTORE, 0, "x" * 513),
    (Command.RESTORE, 0, b"\xc3\x28"),
    (Command.RESTORE, 2, 0),
    (Command.SET_POLICY, 0, 1 << 32),
    (Command.SET_POLICY, 1, b"\0" * 31),
    (Command.SET_POLICY, 2, b"\0" * (12 * 1024 + 1)),
    (Command.SET_POLICY, 3, b"\1" * 65),
    (Command.UNLOCK, 0, "x" * 65),
    (Command.CLAIM, 0, b"\2" * 32),
    (Command.CLAIM, 0, b"\2" * 34),
    (Command.CLAIM, 1, "x" * 65),
    (Command.CHANGE_PIN, 1, b"\xed\xa0\x80"),
    (Command.AUDIT, 0, 1 << 64),
    (Command.ATTEST, 0, b"\2" * 33),
    (Command.BACKUP, 0, b"\xff\xfe"),
    (Command.RESTORE_KEY, 0, b"\3" * 31),
    (Command.RESTORE_KEY, 1, 1 << 24),
    (Command.SIGN_LINK, 0, 2),
    (Command.SIGN_LINK, 1, b""),
    (Command.SIGN_LINK, 4, b"\7" * 33),
    (Command.LINK_SESSION, 0, _POINT[:63]),
    (Command.LINK_SESSION, 1, 1 << 64),
    (Command.LINK_SESSION, 2, 0),
    (Command.LINK_SESSION, 2, 86_401),
    (Command.SET_PASSPHRASE, 1, "x" * 513),
    (Command.UNSEAL, 0, "x" * 513),
    (Command.ENROLL_MANIFEST, 0, 1 << 32),
    (Command.ENROLL_MANIFEST, 2, b"\b" * 31),
    (Command.OPEN_TRADE, 0, 0),
    (Command.OPEN_TRADE, 0, 1 << 63),
    (Command.OPEN_TRADE, 1, b"\n" * 21),
    (Command.OPEN_TRADE, 2, b"\1" * 31),
    (Command.OPEN_TRADE, 3, 2),
    (Command.OPEN_TRADE, 4, 0),
    (Command.OPEN_TRADE, 4, 1 << 64),
    (Command.OPEN_TRADE, 5, b""),
    (Command.OPEN_TRADE, 6, b"\5" * 33),
    (Command.COUNT, 0, 1 << 64),
    (Command.COUNT, 1, 1 << 64),
    (Command.COUNT, 2, 1 << 64),
    (Command.SIGN_READING, 0, b""),
    (Command.SIGN_READING, 1, 2),
    (Command.SIGN_READING, 1, b"\1\1"),
    (Command.SIGN_READING, 2, 1 << 64),
    (Command.TAMPER, 0, 5),
    (Command.TAMPER, 0, 256),
    (Command.SIGN_CLAIM, 0, 0),
    (Command.SIGN_CLAIM, 0, 1 << 63),
    (Command.SIGN_CLAIM, 1, 2),
    (Command.SIGN_CLAIM, 2, b"\1" * 19),
    (Command.SIGN_CLAIM, 3, 1 << 64),
    (Command.SIGN_CLAIM, 4, 1 << 96),
    (Command.SIGN_CLAIM, 5, 1 << 64),
]


def roles(command: Command) -> set[Role]:
    """Whose sockets take it."""
    return ALLOWED.get(command, ADMIN)


def good(command: Command, number: int = 1) -> Item:
    """The whole request as an item."""
    return rlp.item([VERSION, command, number, FIELDS[command]])


# A way out of form: of an item's parts, already encoded, and the depth at which it stands.
Flaw = Callable[[bytes], bytes]


def long_form(encoded: bytes) -> bytes:
    """The length spelled in more bytes than needed (a single byte: wrapped into a string)."""
    first = encoded[0]
    if first < 0x80:
        return b"\x81" + encoded
    base = 0x80 if first < 0xC0 else 0xC0
    size = max(0, first - base - 55)
    length = encoded[1 : 1 + size] if size else bytes([first - base])
    body = encoded[1 + size :]
    longer = length if not size else b"\0" + length
    return bytes([base + 55 + len(longer)]) + longer + body


def other_kind(encoded: bytes) -> bytes:
    """A string in the place of a list, a list in the place of a string."""
    found = rlp.decode(encoded)
    return rlp.encode(b"\1\1" if isinstance(found, list) else [found])


def leading_zero(encoded: bytes) -> bytes:
    """A zero byte before the content of a string: a number's longer spelling."""
    found = rlp.decode(encoded)
    return rlp.encode(b"\0" + found) if isinstance(found, bytes) else long_form(encoded)


def one_more(encoded: bytes) -> bytes:
    """A list with an item more; a string stands twice."""
    found = rlp.decode(encoded)
    return rlp.encode([*found, b""]) if isinstance(found, list) else encoded * 2


def one_less(encoded: bytes) -> bytes:
    """A list without its last item; a string is left out."""
    found = rlp.decode(encoded)
    return rlp.encode(found[:-1]) if isinstance(found, list) and found else b""


FLAWS: tuple[Flaw, ...] = (long_form, other_kind, leading_zero, one_more, one_less)


def places(found: Item, at: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """All positions of a tree of items, the whole first."""
    yield at
    if isinstance(found, list):
        for number, part in enumerate(found):
            yield from places(part, (*at, number))


def spoiled(found: Item, at: tuple[int, ...], flaw: Flaw) -> bytes:
    """The tree's encoding, put out of form at one place only."""
    if not at:
        return flaw(rlp.encode(found))
    assert isinstance(found, list)
    parts = [rlp.encode(part) for part in found]
    parts[at[0]] = spoiled(found[at[0]], at[1:], flaw)
    body = b"".join(parts)
    return rlp.head(len(body), 0xC0) + body
