"""The policy in force: who owns the device, what it may sign, what it has left to spend.

Each policy names the one before by its digest and counts one more: there is no way back to an
older one. What was spent stays spent.
"""

from secure_world import claims
from secure_world.clock import Clock
from secure_world.commands import Left, OpenTrade, PolicyState, SetPolicy, SignClaim
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.policy_check import Charges, Law
from secure_world.policy_paper import NO_POLICY, check_signer, digest, read_rules
from secure_world.policy_rules import ENERGY, TRADES, Rules
from secure_world.policy_spend import Allowances, Spending
from secure_world.store import Store
from secure_world.transactions import Unsigned

_NOTHING = SetPolicy(0, NO_POLICY, b"", b"\0" * 64)


class PolicyBook:
    """Owner, policy and allowances, in memory as in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._allowances = Allowances(store, clock)

    def load(self) -> None:
        """Take everything from the store."""
        row = self._store.row("SELECT address, public_key FROM owner")
        self.owner: bytes | None = row[0] if row is not None else None
        self.owner_key: bytes | None = row[1] if row is not None else None
        row = self._store.row(
            "SELECT version, previous, rules, signature, digest FROM policy"
            " ORDER BY version DESC LIMIT 1"
        )
        self._adopt(SetPolicy(*row[:4]), row[4]) if row else self._adopt(_NOTHING, NO_POLICY)
        self._allowances.load(self._rules)

    @property
    def version(self) -> int:
        """0: there is none."""
        return self._signed.version

    @property
    def release(self) -> bytes | None:
        """Who signs manifests of updates."""
        return self._rules.release if self._rules is not None else None

    @property
    def tamper_marks(self) -> int:
        """Mask of the findings that destroy the keys."""
        return self._rules.tamper_marks if self._rules is not None else 0

    def state(self) -> PolicyState:
        """For everybody."""
        if self._rules is None:
            return PolicyState(0, NO_POLICY, b"", (), 0)
        left = [Left(a.asset, self._allowances.left(a.asset)) for a in self._rules.allowances]
        day_left_uwh = self._allowances.left(ENERGY)
        return PolicyState(self.version, self.digest, self._signed.rules, tuple(left), day_left_uwh)

    def own(self, public_key: bytes, address: bytes) -> None:
        """From now on the device has this owner, who signs its first policy."""
        self._store.write("INSERT INTO owner VALUES (1, ?, ?)", public_key, address)
        self.owner, self.owner_key = address, public_key

    def forget(self) -> None:
        """No owner, no policy, nothing left: the keys that it was for are gone."""
        self._store.write("DELETE FROM owner")
        self._store.write("DELETE FROM policy")
        self._store.write("DELETE FROM allowance")
        self.load()

    def set(self, request: SetPolicy, meter: bytes) -> bool:
        """Put a policy in force; whether it is a new one. Raises NOT-CLAIMED, POLICY-…"""
        if request == self._signed:
            return False
        rules = read_rules(request.rules)
        signed = digest(meter, request.version, request.previous, request.rules, rules)
        signer_key = self._check_next(request, signed)
        self._store.write(
            "INSERT INTO policy (version, digest, previous, rules, signature) VALUES (?,?,?,?,?)",
            *(request.version, signed, request.previous, request.rules, request.signature),
        )
        self._store.write("DELETE FROM policy WHERE version < ?", request.version)
        # Of an owner whom a policy has named the key is known once he signs: backups need it.
        self._store.write("UPDATE owner SET address = ?, public_key = ?", rules.owner, signer_key)
        self.owner, self.owner_key = rules.owner, signer_key
        self._adopt(request, signed)
        self._allowances.replace(rules)
        return True

    def charges(self, transaction: Unsigned) -> Charges:
        """What a transaction spends that the rules allow. Raises POLICY-…"""
        if self._law is None:
            raise _missing()
        return self._law.charges(transaction)

    def plan(self, charges: Charges) -> list[Spending]:
        """For `spend`, which never raises. Raises POLICY-ALLOWANCE."""
        return self._allowances.plan(charges)

    def spend(self, planned: list[Spending]) -> None:
        """Write down what is left."""
        self._allowances.spend(planned)

    def check_trade(self, opened: OpenTrade) -> None:
        """Raises POLICY-MISSING, -MARKET, -TRADE-ENERGY or -DAY-ENERGY."""
        rules = self._rules
        if rules is None:
            raise _missing()
        if (opened.chain_id, opened.market) != (rules.chain_id, rules.market):
            text = f"market 0x{opened.market.hex()} of chain {opened.chain_id}"
            expected = f"expected 0x{rules.market.hex()} of chain {rules.chain_id}"
            raise SecureWorldRefused(ErrorCode.POLICY_MARKET, f"{text}, {expected}")
        if opened.amount_uwh > rules.max_trade_uwh:
            text = f"trade of {opened.amount_uwh} µWh, expected at most {rules.max_trade_uwh}"
            raise SecureWorldRefused(ErrorCode.POLICY_TRADE_ENERGY, text)
        if not self._allowances.left(TRADES):
            text = "no more trades for now, expected fewer a day"
            raise SecureWorldRefused(ErrorCode.POLICY_DAY_ENERGY, text)
        self._check_day("trade", opened.amount_uwh)

    def charge_trade(self, opened: OpenTrade) -> None:
        """After `check_trade`: its whole amount counts from now on."""
        self._allowances.give_back(ENERGY, -opened.amount_uwh)
        self._allowances.give_back(TRADES, -1)

    def refund_trade(self, opened: OpenTrade, used_uwh: int) -> None:
        """At its FINAL: only what was delivered counts."""
        self._allowances.give_back(ENERGY, opened.amount_uwh - used_uwh)

    def check_claim(self, request: SignClaim) -> bytes:
        """The registry that it is for. Raises POLICY-MISSING, POLICY-CHAIN, CLAIM-POLICY."""
        if self._rules is None:
            raise _missing()
        return claims.registry_of(self._rules, request)

    def charge_claim(self, energy_uwh: int) -> None:
        """It counts as a trade's energy does. Raises POLICY-DAY-ENERGY."""
        self._check_day("claim", energy_uwh)
        self._allowances.give_back(ENERGY, -energy_uwh)

    def _check_day(self, what: str, energy_uwh: int) -> None:
        left_uwh = self._allowances.left(ENERGY)
        if energy_uwh > left_uwh:
            text = f"{what} of {energy_uwh} µWh, expected at most {left_uwh} by now"
            raise SecureWorldRefused(ErrorCode.POLICY_DAY_ENERGY, text)

    def _check_next(self, request: SetPolicy, signed: bytes) -> bytes:
        """The signer's public key."""
        if self.owner is None:
            text = "nobody owns this device, expected `evlock secure-world claim` first"
            raise SecureWorldRefused(ErrorCode.NOT_CLAIMED, text)
        if request.version != self.version + 1:
            text = f"version {request.version}, expected {self.version + 1}"
            raise SecureWorldRefused(ErrorCode.POLICY_VERSION, text)
        if request.previous != self.digest:
            text = f"previous 0x{request.previous.hex()}, expected 0x{self.digest.hex()}"
            raise SecureWorldRefused(ErrorCode.POLICY_PREVIOUS, text)
        return check_signer(signed, request, self.owner)

    def _adopt(self, signed: SetPolicy, digest_of_it: bytes) -> None:
        self._signed, self.digest = signed, digest_of_it
        self._rules: Rules | None = read_rules(signed.rules) if signed.version else None
        self._law = Law(self._rules) if self._rules is not None else None


def _missing() -> SecureWorldRefused:
    text = "no policy, expected one that the owner has signed"
    return SecureWorldRefused(ErrorCode.POLICY_MISSING, text)
