"""Whatever goes wrong becomes one line `CODE what` and the exit code of its kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import RpcError, RpcFailed
from normal_world.cli import failure
from normal_world.cli.main import run
from normal_world.errors import ChainUnreachable, ConfigError
from normal_world.link.errors import CertificateExpired
from secure_world.protocol import SecureWorldRefused, SecureWorldUnreachable


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (ConfigError("node.toml: [chain] rpc is missing"), "CONFIG-VALUE node.toml:", 2),
        (SecureWorldRefused("NONCE-USED", "nonce 4 signed before"), "NONCE-USED nonce 4", 3),
        (RpcFailed("no sample", "ADC-NACK", 4), "ADC-NACK no sample", 4),
        (ChainUnreachable("http://x: no answer"), "CHAIN-UNREACHABLE http://x", 5),
        (CertificateExpired("ran out yesterday"), "TLS-EXPIRED ran out", 6),
        (RpcError("run/noded.sock: gone"), "CONTROL-GONE run/noded.sock", 7),
        (SecureWorldUnreachable("no answer"), "SECURE-WORLD-GONE no answer", 7),
        (FileNotFoundError(2, "No such file or directory", "x"), "CLI-FILE ", 2),
        (KeyboardInterrupt(), "CLI-INTERRUPTED", 130),
        (ZeroDivisionError("oops"), "INTERNAL ZeroDivisionError: oops (EVLOCK_DEBUG=1", 1),
    ],
)
def test_each_kind_has_its_code(error: BaseException, line: str, code: int) -> None:
    told, exit_code = failure.told(error)
    assert told.startswith(line)
    assert exit_code == code


@given(st.text())
def test_no_message_makes_a_second_line(text: str) -> None:
    for error in (ValueError(text), OSError(text), ConfigError(text), RpcError(text)):
        assert len(failure.told(error)[0].splitlines()) == 1


def test_the_traceback_is_shown_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("EVLOCK_DEBUG", raising=False)
    failure.report(ZeroDivisionError("oops"))
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("EVLOCK_DEBUG", "1")
    try:
        _ = 1 // 0
    except ZeroDivisionError as error:
        failure.report(error)
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["sensor", "read", "--seconds", "abc"], "'--seconds': a valid number expected; see"),
        (["strategy", "try", "--soc", "180"], "'--soc': less than or equal to 100 expected; see"),
        (["history", "--what", "volts"], "'--what': 'volts' is not one of 'power', 'voltage'"),
    ],
)
def test_a_wrong_option_is_told_without_the_words_of_the_parser(
    argv: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(argv) == 2
    assert told in capsys.readouterr().err
