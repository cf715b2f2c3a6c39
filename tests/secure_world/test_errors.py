"""Every code has its line in docs/errors.md, and every error is the builtin that fits."""

import pytest

from secure_world import errors
from secure_world.errors import ErrorCode, SecureWorldError, SecureWorldRefused
from tests.secure_world.process import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
CLASSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, SecureWorldError)
]
SAID = [kind for kind in CLASSES if kind not in (SecureWorldError, errors.StateError)]


@pytest.mark.parametrize("code", [code for code in ErrorCode if code], ids=lambda code: code.text)
def test_every_refusal_is_explained(code: ErrorCode) -> None:
    assert f"| {code.value} | `{code.text}` | " in PAGE


@pytest.mark.parametrize("kind", SAID, ids=lambda kind: kind.__name__)
def test_every_error_is_explained_and_is_a_builtin_too(kind: type[SecureWorldError]) -> None:
    if kind is not SecureWorldRefused:
        assert f"| `{kind.code}` | " in PAGE
    assert issubclass(kind, ValueError | OSError)


def test_codes_are_told_apart() -> None:
    codes = [kind.code for kind in CLASSES if kind is not SecureWorldRefused]
    assert len(set(codes)) == len(codes)


def test_a_refusal_says_its_code_and_its_sentence() -> None:
    error = SecureWorldRefused(ErrorCode.NONCE_USED, "nonce 3")
    assert (error.code, error.message, str(error)) == (
        "NONCE-USED",
        "nonce 3",
        "NONCE-USED nonce 3",
    )
