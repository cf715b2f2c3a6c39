"""Commands about keys at rest and about what runs here. They run in children."""

from secure_world import entropy, manifest, opening, pin_check, quotes, sealing
from secure_world.commands import Empty, EnrollManifest, Nonce, Passphrase, Quote, Unseal
from secure_world.device import Device
from secure_world.errors import ErrorCode, SecureWorldRefused
from secure_world.handlers.keys import HOME, VERSION
from secure_world.parent import Parent
from secure_world.persons_effects import PinAttempt
from secure_world.seal_effects import Enrolled, PassphraseWrong, Quoted, Unsealed
from secure_world.vault import Rewrapped
from secure_world.vault_slots import Slot


def attest(device: Device, request: Nonce, parent: Parent) -> Quote:
    """What this device is and how it stands, signed by its attestation key."""
    keys = device.signing_keys
    unsigned = _quote(device, request.nonce, keys.meter, b"\0" * 64)
    signature = quotes.sign(keys.attestation_secret, quotes.preimage(unsigned))
    parent.ask(Quoted())
    return _quote(device, request.nonce, keys.meter, signature)


def set_passphrase(device: Device, request: Passphrase, parent: Parent) -> Empty:
    """Wrap all slots for another passphrase, or for none. A person acts."""
    device.check_provisioned()
    _, key = device.vault.check_open()
    pin_check.check(device, parent, request.pin)
    salt = entropy.random_bytes(sealing.SALT_BYTES) if request.passphrase else None
    root = _root(device, request.passphrase, salt)
    slots = [
        Slot(old.measurement, old.version, sealing.wrap(root, old.measurement, old.version, key))
        for old in device.vault.slots.all()
    ]
    parent.ask(Rewrapped(salt, root, tuple(slots)))
    return Empty()


def unseal(device: Device, request: Unseal, parent: Parent) -> Empty:
    """Open the keys; a wrong passphrase costs what a wrong PIN costs. Open already: nothing."""
    device.check_provisioned()
    vault = device.vault
    if vault.key is not None:
        return Empty()
    slot = vault.slot
    if slot is None or vault.sealed is None or vault.salt is None or vault.secret.destroyed:
        raise vault.closed()
    parent.ask(PinAttempt())
    root = _root(device, request.passphrase, vault.salt)
    try:
        key = sealing.unwrap(root, slot.measurement, slot.version, slot.wrapped)
    except sealing.BoxClosed:
        parent.ask(PassphraseWrong())
        text = "does not open the keys, expected the one that was set"
        raise SecureWorldRefused(ErrorCode.PASSPHRASE, text) from None
    parent.ask(Unsealed(root, key, *opening.secrets(key, vault.sealed)))
    return Empty()


def enroll_manifest(device: Device, request: EnrollManifest, parent: Parent) -> Empty:
    """Let the code that the release key names open the keys too."""
    device.check_provisioned()
    manifest.check(request, device.policy.release, device.vault.floor)
    root, key = device.vault.check_open()
    wrapped = sealing.wrap(root, request.measurement, request.version, key)
    parent.ask(Enrolled(request.measurement, request.version, request.floor, wrapped))
    return Empty()


def _root(device: Device, passphrase: str, salt: bytes | None) -> bytes:
    extra = sealing.passphrase_key(passphrase, salt) if salt is not None else b""
    return sealing.root_key(device.vault.secret.read(), extra)


def _quote(device: Device, nonce: bytes, meter: bytes, signature: bytes) -> Quote:
    return Quote(
        nonce=nonce,
        home=HOME,
        version=VERSION,
        measurement=device.vault.measurement,
        boot_count=device.boot_count,
        meter=meter,
        policy_version=device.policy.version,
        policy_digest=device.policy.digest,
        import_uwh=device.register.import_uwh,
        export_uwh=device.register.export_uwh,
        tampered=device.tampered,
        isolation=device.isolation,
        audit_count=device.audit.count,
        audit_head=device.audit.head,
        signature=signature,
    )
