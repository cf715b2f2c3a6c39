"""The long-running process without OpenSSL: 3.5 MiB less, and much code that it does not need.

hashlib and hmac bring their own SHA-2 for Pythons that were built without OpenSSL, and take it if
`_hashlib` is not to be had. Children that need what only OpenSSL has (scrypt, PBKDF2) call `whole`.
"""

import sys

_OWN = ("_sha256", "_sha2")  # of Python before 3.12, and since


def spare() -> None:
    """Before anything imports hashlib; after that, or where Python has no SHA-2 of its own: no."""
    if "hashlib" in sys.modules:
        return
    for name in _OWN:
        try:
            __import__(name)
        except ImportError:
            continue
        sys.modules["_hashlib"] = None  # type: ignore[assignment]  # to import it fails now
        return


def whole() -> None:
    """All of hashlib from now on. For children."""
    if sys.modules.get("_hashlib", sys) is not None:
        return
    import hashlib
    import importlib

    del sys.modules["_hashlib"]
    importlib.reload(hashlib)
