"""SIGKILL at any moment: what the development chain has shown, it still has afterwards."""

import signal
import subprocess
import sys
from pathlib import Path

from normal_world.chain.client import Chain
from normal_world.chain.devchain.server import DevChain, free_port
from normal_world.chain.transaction import Call, sign, unsigned
from normal_world.errors import ChainUnreachable
from tests.chain.tools import Account

ROOT = Path(__file__).parents[2]
OTHER = "0x" + "42" * 20


def start(state: Path, port: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "normal_world.chain.devchain", "--block-seconds", "0.01"]
    command += ["--state", str(state), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_three_kills_and_an_orderly_end(tmp_path: Path) -> None:
    port = free_port()
    chain = Chain(f"http://127.0.0.1:{port}")
    account, shown, accepted = Account(), {}, []
    for life in range(3):
        process = start(tmp_path, port)
        try:
            if life == 0:
                wish = {"from": chain.rpc("eth_accounts")[0], "to": account.address}
                accepted.append(chain.rpc("eth_sendTransaction", wish | {"value": hex(10**18)}))
                while chain.receipt(accepted[0]) is None:
                    pass
            for _ in range(25 + 7 * life):
                nonce = chain.nonce(account.address, "pending")
                payload = unsigned(chain.chain_id, nonce, 21_000, chain.fees(), Call(OTHER, b"", 1))
                accepted.append(chain.send_raw(sign(payload, account.key)))
                block = chain.rpc("eth_getBlockByNumber", "latest", False)
                shown[int(block["number"], 16)] = block["hash"], block["stateRoot"]
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]
    revived = DevChain("127.0.0.1", 0, tmp_path, 0)
    chain = Chain(revived.url)
    chain.rpc("evm_mine")
    for number, facts in shown.items():
        block = chain.rpc("eth_getBlockByNumber", hex(number), False)
        assert (block["hash"], block["stateRoot"]) == facts
    receipts = [chain.receipt(transaction) for transaction in accepted]
    assert all(receipt is not None and receipt.succeeded for receipt in receipts)
    assert chain.nonce(account.address) == len(accepted) - 1
    assert int(chain.balance(OTHER)) == len(accepted) - 1
    revived.close()


def test_sigterm_is_an_orderly_end(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path / "new" / "folder", port)
    assert Chain(f"http://127.0.0.1:{port}").head() >= 0
    process.terminate()
    assert process.wait(timeout=20) == 0
    process.stdout.close()  # type: ignore[union-attr]
    try:
        Chain(f"http://127.0.0.1:{port}").head()
    except ChainUnreachable:
        return
    raise AssertionError("still serving after SIGTERM")
