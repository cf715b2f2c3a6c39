"""info, attest, passphrase, unseal, manifest: typed as a person types them, at a real secured."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from normal_world.cli.main import run
from tests.secure_world import owner
from tests.secure_world.trees import SecuredOf, code_of, copy_of_the_code

Typed = Callable[..., dict[str, object]]
NONCE = "0x" + "5a" * 32


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of before."""
    return copy_of_the_code(tmp_path_factory.mktemp("old"))


@pytest.fixture
def node(tmp_path: Path, old: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecuredOf]:
    """A secured of the old code, without keys; PIN, passphrase and files lie in the folder."""
    monkeypatch.setenv("EVLOCK_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name, text in (("pin", owner.PIN), ("wrong-pin", "999999"), ("words", "on the fridge")):
        Path(name).write_text(text + "\n", encoding="utf-8")
    with SecuredOf(tmp_path) as made:
        yield made.switch(old)


@pytest.fixture
def owned(node: SecuredOf) -> SecuredOf:
    """The same with keys, an owner, and the release key release.key in its policy."""
    assert run(["owner", "new", "--no-passphrase", "--out", "release.key", "--json"]) == 0
    from normal_world.cli import owner_keys

    release = owner_keys.read(Path("release.key"))
    node.admin.provision(12, "", 5000)
    address = bytes.fromhex(owner_keys.address_of(owner_keys.public(release))[2:])
    owner.take(node.admin, owner.law(release=address))
    return node


def typed(line: str, capsys: pytest.CaptureFixture[str], code: int = 0) -> str:
    """What a command says: stdout, and stderr if it fails."""
    capsys.readouterr()
    assert run(line.split()) == code, capsys.readouterr().err
    told = capsys.readouterr()
    return told.err if code else told.out


def test_info_of_a_device_without_and_with_keys(
    node: SecuredOf, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = typed("secure-world info", capsys)
    assert "none: evlock key provision" in bare
    assert "nobody yet" in bare
    node.admin.provision(12, "", 5000)
    told = json.loads(typed("secure-world info --json", capsys))
    assert told["measurement"] == "0x" + code_of(old).hex()
    assert (told["enrolled"], told["sealed"], told["provisioned"]) == (True, False, True)
    words = typed("secure-world info", capsys)
    assert told["meter"] in words
    assert told["attestation_key"][2:66] in words
    assert max(map(len, words.splitlines())) <= 90


def test_a_quote_is_fetched_here_and_judged_there(
    owned: SecuredOf, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("enrolled.json").write_text(typed("secure-world info --json", capsys))
    key = json.loads(Path("enrolled.json").read_text())["attestation_key"]
    fetched = json.loads(typed(f"attest --nonce {NONCE} --out quote.json --json", capsys))
    assert (fetched["nonce"], fetched["meter"]) == (NONCE, json.loads(
        Path("enrolled.json").read_text())["meter"])  # fmt: skip
    owned.kill()  # to judge takes no device
    code = "0x" + code_of(old).hex()
    good = typed(
        f"attest --verify quote.json --key {key} --nonce {NONCE} --expect-measurement {code}",
        capsys,
    )
    assert good.startswith("good")
    assert "not that the root" in good
    told = typed("secure-world attest --verify quote.json --key enrolled.json --json", capsys)
    assert json.loads(told)["good"] is True
    other = "0x" + "11" * 32
    judge = "attest --verify quote.json --key enrolled.json"
    for line in (f"{judge} --nonce {other}", f"{judge} --expect-measurement {other}"):
        assert typed(line, capsys, code=1).startswith("QUOTE-REFUSED")
    quote = json.loads(Path("quote.json").read_text())
    Path("quote.json").write_text(json.dumps({**quote, "policy_version": 7}))
    assert "altered" in typed(judge, capsys, code=1)


def test_a_passphrase_from_setting_to_unsealing(
    owned: SecuredOf, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = "secure-world passphrase --passphrase-file words --pin-file"
    assert typed(f"{setting} wrong-pin", capsys, code=3).startswith("PIN-WRONG")
    assert typed(f"{setting} pin", capsys) == "set\n"
    owned.switch(old)
    assert "sealed: evlock secure-world unseal" in typed("secure-world info", capsys)
    assert typed("attest", capsys, code=3).startswith("SEALED")
    wrong = typed("secure-world unseal --passphrase-file pin", capsys, code=3)
    assert wrong.startswith("PASSPHRASE")
    assert json.loads(typed("secure-world unseal --passphrase-file words --json", capsys)) == {
        "sealed": False
    }
    assert "keys           " in typed("secure-world info", capsys)
    assert "open at the start" in typed("secure-world passphrase --remove --pin-file pin", capsys)
    owned.switch(old)
    typed("attest", capsys)


def test_an_update_as_a_person_does_it(
    owned: SecuredOf, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = copy_of_the_code(tmp_path / "new")
    (new / "firmware/extra.py").write_text("BETTER = True\n")
    (new / "board_configs/virtual.toml").unlink()
    manifest = "secure-world manifest"

    make = f"{manifest} make --release-key release.key --version 3 --tree new --out m3.json"
    assert f"code 0x{code_of(new).hex()}" in typed(make, capsys)
    assert typed(make, capsys, code=2).startswith("CLI-USAGE")  # it is there
    assert typed(f"{manifest} compare m3.json --tree new", capsys).startswith("all ")
    capsys.readouterr()
    assert run(f"{manifest} compare m3.json --tree {old} --json".split()) == 1
    told = capsys.readouterr()
    differs = json.loads(told.out)
    assert (differs["changed"], differs["missing"], differs["added"]) == (
        [], ["firmware/extra.py"], ["board_configs/virtual.toml"],
    )  # fmt: skip
    assert told.err.startswith("MANIFEST-DIFFERS 2 files")

    owned.switch(new)  # before it was enrolled
    assert "sealed: this code is not enrolled" in typed("secure-world info", capsys)
    assert typed(f"{manifest} enroll m3.json", capsys, code=3).startswith("MEASUREMENT")
    owned.switch(old)
    assert "version 3, floor 0" in typed(f"{manifest} enroll m3.json", capsys)
    owned.switch(new)
    typed("attest", capsys)

    altered = json.loads(Path("m3.json").read_text())
    altered["files"]["firmware/extra.py"] = "00" * 32
    Path("m3.json").write_text(json.dumps(altered))
    assert "altered" in typed(f"{manifest} enroll m3.json", capsys, code=2)


def test_a_manifest_of_another_key_is_refused(
    owned: SecuredOf, old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed("owner new --no-passphrase --out other.key", capsys)
    line = f"--release-key other.key --version 1 --tree {old} --out m.json"
    typed(f"secure-world manifest make {line}", capsys)
    told = typed("secure-world manifest enroll m.json", capsys, code=3)
    assert told.startswith("MANIFEST-SIGNER")
