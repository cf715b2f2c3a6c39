"""Claims: no energy twice, one answer a reference, and what the owner's policy allows of them.

`claimed_uwh` of a direction is the end of its last claim or ended trade: a claim begins there. It
never falls, also not when keys are destroyed: energy stays used, whoever has the device next.
"""

from secure_world.commands import SignClaim
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.policy_rules import Rules
from secure_world.record import Record
from secure_world.store import Store
from secure_world.structures import EXPORT, IMPORT

KEPT_CLAIMS = 256  # of a consumer and direction; references below the lowest kept are used up
KEPT_OVER_POLICIES = 16  # the latest of all: so an owner's next policy makes room again


class Claimed(Record):
    """A claim that was signed."""

    price: int
    from_uwh: int
    to_uwh: int


class Claims:
    """The claims of late in the store, how far each direction is claimed in memory too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._claimed_uwh: dict[int, int] = {}

    def load(self) -> None:
        """Take everything from the store."""
        row = self._store.row("SELECT claimed_import, claimed_export FROM register")
        assert row is not None
        self._claimed_uwh = dict(zip((IMPORT, EXPORT), row, strict=True))

    def claimed_uwh(self, direction: int) -> int:
        """Register value up to which energy of the direction is claimed."""
        return self._claimed_uwh[direction]

    def look(self, request: SignClaim, registry: bytes) -> Claimed | None:
        """What was signed for this reference. Raises CLAIM-CHANGED, CLAIM-PAST."""
        lane, reference = _lane(request, registry), _number(request.reference, 8)
        row = self._store.row(
            "SELECT price, from_uwh, to_uwh FROM claim WHERE lane = ? AND reference = ?",
            *(lane, reference),
        )
        if row is None:
            self._check_room(lane, reference)
            return None
        known = Claimed(int.from_bytes(row[0], "big"), *row[1:])
        if known.price != request.price:
            text = f"reference {request.reference} was claimed at price {known.price}"
            raise SecureWorldRefused(ErrorCode.CLAIM_CHANGED, f"{text}, expected the same")
        return known

    def record(self, request: SignClaim, registry: bytes, from_uwh: int, to_uwh: int) -> None:
        """Write down a claim that `look` has not found."""
        lane = _lane(request, registry)
        self._store.write(
            "INSERT INTO claim (lane, reference, price, from_uwh, to_uwh) VALUES (?,?,?,?,?)",
            *(lane, _number(request.reference, 8), _number(request.price, 12), from_uwh, to_uwh),
        )
        if self._count(lane) > KEPT_CLAIMS:
            self._store.write(
                "DELETE FROM claim WHERE lane = ?1 AND reference ="
                " (SELECT min(reference) FROM claim WHERE lane = ?1)",
                lane,
            )
        self.reached(request.direction, to_uwh)

    def reached(self, direction: int, to_uwh: int) -> None:
        """So far a direction is claimed at least, by a claim or by a trade that has ended."""
        if to_uwh <= self._claimed_uwh[direction]:
            return
        self._claimed_uwh[direction] = to_uwh
        self._store.write(
            "UPDATE register SET claimed_import = ?, claimed_export = ?",
            *(self._claimed_uwh[IMPORT], self._claimed_uwh[EXPORT]),
        )

    def make_room(self) -> None:
        """Another policy is in force: of references that were used up few stay so."""
        self._store.write(
            "DELETE FROM claim WHERE number <= (SELECT max(number) FROM claim) - ?",
            KEPT_OVER_POLICIES,
        )

    def forget(self, import_uwh: int, export_uwh: int) -> None:
        """The keys are gone: other ones begin at the registers of now."""
        self._store.write("DELETE FROM claim")
        self.reached(IMPORT, import_uwh)
        self.reached(EXPORT, export_uwh)

    def _check_room(self, lane: bytes, reference: bytes) -> None:
        if self._count(lane) < KEPT_CLAIMS:
            return
        row = self._store.row("SELECT min(reference) FROM claim WHERE lane = ?", lane)
        if row is not None and reference < row[0]:
            lowest, asked = (int.from_bytes(number, "big") for number in (row[0], reference))
            text = f"reference {asked} is used up, expected one above {lowest}"
            raise SecureWorldRefused(ErrorCode.CLAIM_PAST, text)

    def _count(self, lane: bytes) -> int:
        row = self._store.row("SELECT count(*) FROM claim WHERE lane = ?", lane)
        return int(row[0]) if row is not None else 0


def registry_of(rules: Rules, request: SignClaim) -> bytes:
    """The verifying contract of a claim that the rules allow. Raises POLICY-CHAIN, CLAIM-POLICY."""
    if request.chain_id != rules.chain_id:
        text = f"chain {request.chain_id}, expected {rules.chain_id}"
        raise SecureWorldRefused(ErrorCode.POLICY_CHAIN, text)
    rows = [
        rule
        for rule in rules.claims
        if (rule.consumer, rule.direction) == (request.consumer, request.direction)
    ]
    if rules.registry is None or not rows:
        text = f"direction {request.direction} for 0x{request.consumer.hex()}"
        raise SecureWorldRefused(
            ErrorCode.CLAIM_POLICY, f"{text}, expected claims that the policy names"
        )
    if not any(row.min_price <= request.price <= row.max_price for row in rows):
        told = " or ".join([f"{row.min_price} to {row.max_price}" for row in rows])
        text = f"price {request.price}, expected {told}"
        raise SecureWorldRefused(ErrorCode.CLAIM_POLICY, text)
    return rules.registry


def _lane(request: SignClaim, registry: bytes) -> bytes:
    """What its references are counted by."""
    place = _number(request.chain_id, 8) + registry
    return place + request.consumer + _number(request.direction, 1)


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")
