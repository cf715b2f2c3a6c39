"""Errors of the normal world.

NormalWorldError
├── ConfigError (ValueError)              CONFIG-…  node.toml, address book, key file, command line
├── ArgumentInvalid (ValueError)          CALL-ARGUMENT  a value that a function cannot take
├── StateError (RuntimeError)             STATE-…   asked for something that does not fit the moment
├── ChainError                            CHAIN-…   the chain or the way to it
│   ├── ChainUnreachable (ConnectionError)  CHAIN-UNREACHABLE  no answer, or no JSON-RPC answer
│   ├── ChainStalled (TimeoutError)         CHAIN-STALLED      the head stands still
│   ├── ChainWrongId (ValueError)           CHAIN-WRONG-ID     another network than the one meant
│   ├── ChainRejected (ValueError)          CHAIN-REJECTED     the node answered with an error
│   ├── ContractReverted (ValueError)       CHAIN-REVERTED     a contract said no, and why
│   ├── ContractMissing (LookupError)       CHAIN-NO-CODE      no contract at an address
│   ├── ContractDiffers (ValueError)        CHAIN-CODE-DIFFERS another contract than ours there
│   └── SignerMismatch (PermissionError)    CHAIN-SIGNER       signed by another account
└── LinkError                             LINK-…    link/errors.py: certificates and counterparts
"""


class NormalWorldError(Exception):
    """Base of this folder: `code` is stable, the message is one line."""

    code = "NORMAL-WORLD"
    exit_code = 1

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(" ".join(message.split()))
        if code is not None:
            self.code = code


class ConfigError(NormalWorldError, ValueError):
    """A file or an option: which one, which key, what was expected there."""

    code = "CONFIG-VALUE"
    exit_code = 2


class ArgumentInvalid(NormalWorldError, ValueError):
    """A value that does not fit its ABI type: which function, which argument, what is expected."""

    code = "CALL-ARGUMENT"
    exit_code = 2


class StateError(NormalWorldError, RuntimeError):
    """Not now: something else is going on, or has not happened yet."""

    code = "STATE-WRONG"
    exit_code = 7


class ChainError(NormalWorldError):
    """Base of everything that the chain or the way to it can do."""

    code = "CHAIN"
    exit_code = 5


class ChainUnreachable(ChainError, ConnectionError):
    """No answer within the time limit, or an answer that is not JSON-RPC."""

    code = "CHAIN-UNREACHABLE"


class ChainNonceAhead(ChainUnreachable):
    """The node counts far more transactions of the account than were ever made here."""

    code = "CHAIN-NONCE-AHEAD"


class ChainStalled(ChainError, TimeoutError):
    """The node answers, but its head has not moved for too long."""

    code = "CHAIN-STALLED"


class ChainWrongId(ChainError, ValueError):
    """The node serves another network than the one that was meant."""

    code = "CHAIN-WRONG-ID"


class ChainRejected(ChainError, ValueError):
    """The node answered a request with an error; `rpc_code` is the JSON-RPC one."""

    code = "CHAIN-REJECTED"

    def __init__(self, message: str, code: str | None = None, rpc_code: int = 0) -> None:
        super().__init__(message, code)
        self.rpc_code = rpc_code


class ContractReverted(ChainError, ValueError):
    """A contract refused; `data` are the bytes that it returned (selector and arguments)."""

    code = "CHAIN-REVERTED"

    def __init__(self, message: str, code: str | None = None, data: bytes = b"") -> None:
        super().__init__(message, code)
        self.data = data


class ContractMissing(ChainError, LookupError):
    """There is no contract at an address where one was expected."""

    code = "CHAIN-NO-CODE"


class ContractDiffers(ChainError, ValueError):
    """The contract at an address is not the one that this version brings, or knows others."""

    code = "CHAIN-CODE-DIFFERS"


class SignerMismatch(ChainError, PermissionError):
    """The signer answered with another account's signature, or with another payload."""

    code = "CHAIN-SIGNER"
