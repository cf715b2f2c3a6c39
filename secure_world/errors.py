"""Errors of the secure world, and the codes of its refusals.

SecureWorldError
├── SecureWorldRefused (PermissionError)       a command was refused; `code` is an ErrorCode's text
├── SecureWorldUnreachable (ConnectionError)   SECURE-WORLD-GONE
│   └── ProvisioningUnconfirmed                PROVISIONING-UNCONFIRMED; carries what was made
├── RlpInvalid (ValueError)                    RLP
├── FieldInvalid (ValueError)                  FIELD
├── SignatureInvalid (ValueError)              SIGNATURE
├── AuditBroken (ValueError)                   AUDIT-BROKEN
├── BackupInvalid (ValueError)                 BACKUP-INVALID
├── IsolationWeak (PermissionError)            ISOLATION
├── SocketPathTooLong (ValueError)             SOCKET-PATH
└── StateError (OSError)                       STATE
    ├── StateLocked                            STATE-LOCKED
    └── StateUnreadable                        STATE-UNREADABLE
"""

from enum import IntEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secure_world.commands import Provisioned


@unique
class ErrorCode(IntEnum):
    """Status of a response: 0 is success, the others say why a command was refused."""

    OK = 0
    # The request itself.
    MALFORMED = 1
    TOO_LARGE = 2
    VERSION = 3
    COMMAND = 4
    ROLE = 5
    # The state of the device.
    NOT_PROVISIONED = 16
    ALREADY_PROVISIONED = 17
    MNEMONIC = 18
    ACCOUNT = 19
    STORAGE = 20
    INTERNAL = 21
    LOCKED = 22
    SEALED = 23
    MEASUREMENT = 24
    ENTROPY = 25
    TAMPERED = 26
    # The person beside it, and the owner.
    NOT_CLAIMED = 64
    ALREADY_CLAIMED = 65
    PIN_WRONG = 66
    PIN_WAIT = 67
    PIN_WEAK = 68
    OWNER_KEY = 69
    PASSPHRASE = 70
    # The policy itself, and manifests.
    POLICY_MISSING = 80
    POLICY_SIGNER = 81
    POLICY_VERSION = 82
    POLICY_PREVIOUS = 83
    POLICY_RULES = 84
    MANIFEST_SIGNER = 85
    MANIFEST_VERSION = 86
    LINK_KEY = 87
    # Transactions.
    TX_MALFORMED = 32
    TX_TYPE = 33
    POLICY_CHAIN = 34
    POLICY_CONTRACT = 35
    POLICY_SELECTOR = 36
    POLICY_VALUE = 37
    POLICY_FEE = 38
    NONCE_USED = 39
    POLICY_SIZE = 40
    POLICY_ARGUMENT = 41
    POLICY_AMOUNT = 42
    POLICY_ALLOWANCE = 43
    TX_SENDER = 44
    # Trades and the energy register.
    TRADE_OPEN = 48
    TRADE_UNKNOWN = 49
    TRADE_MISMATCH = 50
    TRADE_FINAL = 51
    REGISTER_GROWTH = 52
    REGISTER_BACKWARDS = 53
    SEQUENCE_END = 54
    POLICY_MARKET = 55
    POLICY_TRADE_ENERGY = 56
    POLICY_DAY_ENERGY = 57
    CLAIM_POLICY = 58
    CLAIM_EMPTY = 59
    CLAIM_CHANGED = 60
    CLAIM_OPEN = 61
    CLAIM_PAST = 62

    @property
    def text(self) -> str:
        """The stable name that people and programs meet, as NONCE-USED."""
        return self.name.replace("_", "-")


class SecureWorldError(Exception):
    """Base of everything that this folder raises on purpose."""

    code = "SECURE-WORLD"


class SecureWorldRefused(SecureWorldError, PermissionError):
    """The secure world refused a command and changed nothing."""

    def __init__(self, code: ErrorCode | str, message: str) -> None:
        self.code = code.text if isinstance(code, ErrorCode) else code
        self.message = message
        super().__init__(f"{self.code} {message}")


class SecureWorldUnreachable(SecureWorldError, ConnectionError):
    """No answer from the secure world; whether the command was done is unknown."""

    code = "SECURE-WORLD-GONE"


class ProvisioningUnconfirmed(SecureWorldUnreachable):
    """New keys were made, but whether the device knows that they arrived is unknown.

    `provisioned` holds the answer. `confirm(provisioned.account)` finishes it, refused with
    ACCOUNT if the device has other keys by now; `provision` starts again.
    """

    code = "PROVISIONING-UNCONFIRMED"

    def __init__(self, provisioned: "Provisioned") -> None:
        self.provisioned = provisioned
        super().__init__("answer to the confirmation lost, expected evlock-secured to stay up")


class RlpInvalid(SecureWorldError, ValueError):
    """Bytes that are not canonical RLP."""

    code = "RLP"


class FieldInvalid(SecureWorldError, ValueError):
    """A field that is missing, unknown, of the wrong type or out of range."""

    code = "FIELD"


class SignatureInvalid(SecureWorldError, ValueError):
    """A signature that was not made by the meter that it names."""

    code = "SIGNATURE"


class AuditBroken(SecureWorldError, ValueError):
    """Entries of an audit log that are not a chain, or not the expected one."""

    code = "AUDIT-BROKEN"


class BackupInvalid(SecureWorldError, ValueError):
    """A backup that is damaged, or sealed to another owner."""

    code = "BACKUP-INVALID"


class IsolationWeak(SecureWorldError, PermissionError):
    """evlock-secured would be kept apart less than it could be, and nobody has allowed that."""

    code = "ISOLATION"


class SocketPathTooLong(SecureWorldError, ValueError):
    """A UNIX socket path beyond the 107 bytes that the kernel takes."""

    code = "SOCKET-PATH"


class StateError(SecureWorldError, OSError):
    """The state folder cannot be used."""

    code = "STATE"


class StateLocked(StateError):
    """Another process already serves this state folder or socket."""

    code = "STATE-LOCKED"


class StateUnreadable(StateError):
    """The stored state does not open: foreign, newer, damaged, or its device secret is gone."""

    code = "STATE-UNREADABLE"
