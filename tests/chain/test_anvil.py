"""Against anvil, if it is there: the same outbox, errors and operator on another node."""

from pathlib import Path

import pytest

from normal_world.chain import abi
from normal_world.chain.anvil import VARIABLE, anvil_command, find_anvil
from normal_world.chain.client import Chain
from normal_world.chain.operator import deploy, enroll, fund, node_operator
from normal_world.chain.outbox import Outbox
from normal_world.errors import ConfigError, ContractReverted
from tests.chain.tools import ETHER, Account

METER, HOLDER = "0x" + "11" * 20, "0x" + "22" * 20


def test_a_missing_anvil_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="npm install @foundry-rs/anvil") as caught:
        find_anvil()
    assert caught.value.code == "CONFIG-ANVIL"
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(ConfigError, match="no program anvil there"):
        find_anvil()


def test_the_npm_package_folder_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "node_modules/@foundry-rs/anvil-linux-arm64/bin/anvil"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert anvil_command(port=1, state=tmp_path)[:5] == [
        *(str(program), "--host", "127.0.0.1"),
        *("--port", "1"),
    ]


def test_deploy_errors_outbox_and_reorganisation_on_anvil(anvil: Chain, tmp_path: Path) -> None:
    chain = anvil
    chain.rpc("evm_setAutomine", True)
    operator = node_operator(chain)
    book = deploy(operator)
    enroll(operator, book, METER, HOLDER, feeder=1, rated_power_w=100, credit=10)
    with pytest.raises(ContractReverted, match=r"MeterRegistry.enroll reverted: MeterKnown\(meter"):
        enroll(operator, book, METER, HOLDER, feeder=1, rated_power_w=100, credit=10)
    account = Account()
    fund(operator, account.address, ETHER)
    chain.rpc("evm_setAutomine", False)
    careful = Chain(chain.url, finality="confirmations:3")
    outbox = Outbox(tmp_path / "o.sqlite", careful, account.address, account.sign)
    buy = abi.encode("EnergyToken", "buyTokens", [])
    outbox.put("tokens", book.token, buy, value=1000)
    outbox.put("broken", book.registry, abi.encode("MeterRegistry", "retire", [METER]))
    outbox.step()
    chain.rpc("evm_mine")
    outbox.step()
    assert outbox.outcome("tokens").state == "mined"
    assert "MeterRegistry.retire reverted: OwnableUnauthorizedAccount(account=" in str(
        outbox.outcome("broken").reason
    )
    chain.rpc("anvil_rollback", 1)
    outbox.step()
    assert outbox.outcome("tokens").state == "pending"
    for _ in range(4):
        chain.rpc("evm_mine")
        outbox.step()
    assert outbox.outcome("tokens").state == "settled"
    answer = chain.call(book.token, abi.encode("EnergyToken", "balanceOf", [account.address]))
    assert abi.decode("EnergyToken", "balanceOf", answer) == (1000,)
    outbox.close()
