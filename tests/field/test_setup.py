"""`evlock setup`: by a person at a real terminal, and by nobody from a file."""

import itertools
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from normal_world.cli.main import run
from normal_world.cli.setup_questions import BY_KEY
from normal_world.cli.setup_source import read_answers
from tests.field.bench import Bench, bench
from tests.field.terminal import Terminal
from tests.plant_process import ROOT, wait_until


@pytest.fixture
def empty() -> Iterator[Bench]:
    with bench() as made:
        yield made


def test_a_person_sets_a_node_up_and_is_interrupted(empty: Bench) -> None:
    empty.operator()
    with Terminal(empty, "setup") as first:
        first.answer("Which board is it?", "moon")
        first.answer("one of ", "virtual")
        first.answer("Socket of the plant", str(empty.plant.socket))
        first.wait("Which of its boards")
        first.interrupt()
        assert first.end() == 130
        assert "goes on from here" in first.text

    with Terminal(empty, "setup") as second:
        second.wait("Which board is it? virtual (answered before)")
        second.answer("Which of its boards [seller]", "")
        second.answer("Mains: dc or ac [dc]", "")
        second.answer("ACS712 of 5, 20 or 30 A [20]", "")
        second.answer("GPIO line of the relay [17]", "")
        second.answer("low level close the relay? [yes]", "")
        second.answer("Name of this node", "kitchen")
        second.answer("JSON-RPC address", f"http://127.0.0.1:{empty.ports[0]}")
        second.answer("Address book", "contracts.json")
        second.answer("Address and port to listen on", f"127.0.0.1:{empty.ports[1]}")
        second.answer("Counterparts, as", "0x12")
        second.answer("a list of '0xMETER host:port'", "")
        second.answer("Most energy of one trade", "100_000")
        second.answer("Most energy of 24 hours", "")
        second.answer("Current above which", "10")
        second.wait("evlock-secured does not run yet")
        empty.start("secured")
        second.answer("Press Enter", "")
        second.answer("Most power that the line carries", "100")
        second.answer("Backup of 12 or 24 words", "12")
        second.answer("Passphrase (empty for none)", "")
        second.answer("Once more", "")
        second.answer("Are the words on paper? [y/N]", "no")
        second.answer("Are the words on paper? [y/N]", "yes")
        second.answer("Owner's public key, or the file", "nowhere")
        second.answer("or the file of a key, expected", "owner.key")
        second.answer("PIN: ", "123")
        second.answer("Once more", "123")
        second.wait("PIN-WEAK")
        second.answer("PIN: ", "271828")
        second.answer("Once more", "271828")
        second.wait("Folder with ca.pem and device.pem")
        empty.enrol()
        os.write(second.master, b"issued\n")
        second.answer("seller, buyer or both", "seller")
        second.answer("Sell at least at this price", "")
        second.wait("evlock-meterd does not run yet")
        empty.start("meterd")
        second.answer("Press Enter", "")
        second.answer("Measure the zero point now?", "yes")
        second.wait("Read your instrument now")
        second.answer("Voltage, V:", "12.4")
        second.answer("Current, A:", "0.01")
        second.wait("CALIBRATION-GAIN")
        second.wait("Voltage, V:")
        begun_s = empty.plant.call("state")["time_s"]
        wait_until(lambda: empty.plant.call("state")["time_s"] > begun_s + 0.6, "time passes")
        shown = subprocess.run(
            ["sh", "-c", empty.instrument()], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        os.write(second.master, f"{shown[0]}\n".encode())
        second.answer("Current, A:", shown[1])
        second.wait("self-check: passed")
        second.wait("evlock-noded does not run yet")
        empty.start("noded")
        second.answer("Press Enter", "")
        assert second.end() == 0, second.text
        assert re.search(r"\d+ checks: \d+ ok", second.text)

    words = re.findall(r"\d+\. ([a-z]+)", second.text)
    assert len(words) == 12
    kept = (empty.home / "var/setup.json").read_text("utf-8")
    told = re.findall(r"[a-z]+", kept)  # "link" and the like may be both: two in a row are not
    assert not set(itertools.pairwise(words)) & set(itertools.pairwise(told))
    assert "mnemonic" not in kept

    with Terminal(empty, "setup") as third:
        assert third.end() == 0
    assert "?" not in re.sub(r".*answered before.*", "", third.text.split("Python")[0])
    assert third.text.count("done before") >= 5


def test_nobody_sets_a_node_up_step_by_step_and_twice_is_as_once(empty: Bench) -> None:
    empty.set_up()
    answers = str(empty.answers())
    done = empty.evlock("setup", "--answers", answers, "--json")
    assert done.returncode == 0, done.stdout
    told = json.loads(done.stdout)
    assert [step["step"] for step in told["steps"]][:3] == ["board", "node", "secured"]
    assert not [check for check in told["checks"] if check["state"] == "fail"]
    words = empty.folder / "words"
    assert words.stat().st_mode & 0o777 == 0o600
    secret = words.read_text("utf-8").split()
    assert len(secret) == 24
    pairs = [f"{one} {next_one}" for one, next_one in itertools.pairwise(secret)]
    assert not any(pair in " ".join(done.stdout.split()) for pair in pairs)
    before = files(empty.home / "etc")
    assert empty.evlock("setup", "--answers", answers, "--restart").returncode == 0
    assert files(empty.home / "etc") == before
    assert words.read_text("utf-8").split() == secret


def test_with_a_public_key_the_policy_waits_for_its_owner(empty: Bench) -> None:
    empty.operator()
    public = json.loads(empty.done("owner", "address", "owner.key", "--json"))["public_key"]
    answers = str(empty.answers(**{str(empty.folder / "owner.key"): public}))
    empty.start("secured")
    assert "issued" in empty.evlock("setup", "--answers", answers).stderr
    empty.enrol()
    policy = empty.home / "etc/policy.json"

    def policy_step() -> str:
        done = empty.evlock("setup", "--answers", answers, "--no-doctor")
        assert done.returncode == 7, done.stderr  # meterd does not run: the step after
        (line,) = [line for line in done.stdout.splitlines() if " policy " in line]
        return line

    assert "later" in policy_step()
    assert "later" in policy_step()
    carried = empty.folder / "policy.json"
    carried.write_bytes(policy.read_bytes())
    empty.done("secure-world", "policy", "sign", "policy.json", "--owner-key", "owner.key")
    policy.write_bytes(carried.read_bytes())
    assert "version 1" in policy_step()
    assert "done before: version 1" in policy_step()
    shown = json.loads(empty.done("secure-world", "policy", "show", "--json"))
    assert shown["words"]["energy"] == "at most 100.000 mWh a trade, 1,000.000 mWh a day"
    assert shown["day_left_uwh"] == 1_000_000


def test_a_file_that_somebody_edited_is_never_overwritten(empty: Bench) -> None:
    empty.operator()
    answers = str(empty.answers())
    empty.evlock("setup", "--answers", answers)
    board = empty.home / "etc/board.toml"
    board.write_text(board.read_text("utf-8") + "# mine\n", "utf-8")
    before = files(empty.home / "etc")
    done = empty.evlock("setup", "--answers", answers)
    assert (done.returncode, done.stderr.split()[0]) == (1, "SETUP-STOPPED")
    assert "board.toml" in done.stderr
    assert files(empty.home / "etc") == before


def test_wrong_answers_are_all_told_at_once_and_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("EVLOCK_HOME", str(home))
    answers = tmp_path / "a.toml"
    answers.write_text(
        '[board]\nname = "moon"\nvarient_a = 5\n[limits]\nmax_current_a = -1\n'
        '[chain]\naddress_book = "no/such.json"\n[link]\npeers = ["0x12"]\n[keys]\n',
        encoding="utf-8",
    )
    assert run(["setup", "--answers", str(answers), "--check"]) == 2
    lines = capsys.readouterr().err.splitlines()
    for part in (
        "moon",
        "variant_a meant?",
        "max_current_a",
        "no/such.json",
        "0x12",
        "rated_power_w",
    ):
        assert any(part in line for line in lines), (part, lines)
    assert all("a.toml" in line for line in lines)
    assert not home.exists()


@pytest.mark.parametrize(
    ("table", "wrong", "told"),
    [
        ("board", "variant_a = 21", "variant_a = 21: 5, 20 or 30 expected"),
        ("board", "relay_line = 27", "line = 27: used twice"),
        ("limits", "max_current_a = 50", "limits.max_current_a: at most 20 expected"),
    ],
)
def test_answers_that_do_not_fit_the_board_are_told_before_the_node_is_written(
    empty: Bench, table: str, wrong: str, told: str
) -> None:
    empty.operator()
    answers = empty.answers()
    key = wrong.split(" = ")[0]
    text = re.sub(rf"(?m)^{key} = .*\n", "", answers.read_text("utf-8"))
    answers.write_text(text.replace(f"[{table}]\n", f"[{table}]\n{wrong}\n"), "utf-8")
    for more in (("--check",), ()):
        done = empty.evlock("setup", "--answers", str(answers), *more)
        assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert not (empty.home / "etc/node.toml").exists()


def test_a_person_whose_board_cannot_be_is_asked_again(empty: Bench) -> None:
    empty.operator()
    with Terminal(empty, "setup") as person:
        person.answer("Which board is it?", "virtual")
        person.answer("Socket of the plant", str(empty.plant.socket))
        person.answer("Which of its boards [seller]", "")
        person.answer("Mains: dc or ac [dc]", "")
        person.answer("ACS712 of 5, 20 or 30 A [20]", "")
        person.answer("GPIO line of the relay [17]", "27")
        person.answer("low level close the relay? [yes]", "")
        person.wait("used twice")
        person.wait("Which board is it?")
        assert not (empty.home / "etc/board.toml").exists()
        person.interrupt()
        assert person.end() == 130


def test_the_example_of_the_documents_is_good(tmp_path: Path) -> None:
    text = (ROOT / "docs/field.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(# answers.*?)```", text, re.DOTALL)
    for name in ("contracts.json", "passphrase", "pin"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    example = example.replace('"/root/', f'"{tmp_path}/')
    file = tmp_path / "answers.toml"
    file.write_text(example, encoding="utf-8")
    assert read_answers(file)["board.name"] == "raspberry-pi-4b"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_both_is_an_answer_and_no_role_is_none() -> None:
    roles, words = BY_KEY["policy.roles"].kind, BY_KEY["keys.words"].kind
    assert roles.parse("both") == roles.parse("seller, buyer") == ["seller", "buyer"]
    assert roles.good(["buyer"])
    assert not roles.good([])
    assert not roles.good(["both"])
    assert [count for count in range(10, 26) if words.good(count)] == [12, 24]
