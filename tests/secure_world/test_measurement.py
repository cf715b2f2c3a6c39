"""One hash for the code: any change of a file that Python would run changes it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_world import bytecode, measurement


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two packages, with a cache beside the sources."""
    for name, text in (
        ("firmware/__init__.py", ""),
        ("firmware/domain/power.py", "WATT = 1\n"),
        ("board_configs/virtual.toml", "[board]\n"),
        ("firmware/notes.md", "not code"),
        ("firmware/domain/__pycache__/power.cpython-311.pyc", "cache"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def of(tree: Path) -> bytes:
    return measurement.measurement(measurement.files(str(tree)))


def test_paths_are_sorted_and_count_from_the_folder_of_the_packages(tree: Path) -> None:
    paths = [path for path, _ in measurement.files(str(tree))]
    assert paths == [
        "board_configs/virtual.toml",
        "firmware/__init__.py",
        "firmware/domain/power.py",
    ]


def test_the_same_files_elsewhere_are_the_same_code(tree: Path, tmp_path: Path) -> None:
    before = of(tree)
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert of(moved) == before


def _rename(tree: Path) -> None:
    (tree / "firmware/domain/power.py").rename(tree / "firmware/domain/powers.py")


def _link_folder(tree: Path) -> None:
    (tree / "firmware/linked").symlink_to(tree)


def _write(name: str, text: str) -> Callable[[Path], object]:
    return lambda tree: (tree / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        _write("firmware/domain/power.py", "WATT = 2\n"),
        _write("board_configs/virtual.toml", "[bored]\n"),
        _write("firmware/more.py", ""),
        _write(
            "firmware/domain/power.cpython-311-x86_64-linux-gnu.so", ""
        ),  # comes before power.py
        _write("firmware/other.pyc", ""),  # runs without a source
        lambda tree: (tree / "firmware/__init__.py").unlink(),
        _rename,
        _link_folder,
    ],
)
def test_every_change_of_code_is_seen(tree: Path, change: Callable[[Path], object]) -> None:
    before = of(tree)
    change(tree)
    assert of(tree) != before


@pytest.mark.parametrize("name", ["firmware/notes.md", "firmware/domain/__pycache__/x.pyc", "x.py"])
def test_what_is_not_measured(tree: Path, name: str) -> None:
    before = of(tree)
    (tree / name).write_text("other", encoding="utf-8")
    assert of(tree) == before


@given(st.lists(st.tuples(st.text("ab/", min_size=1), st.binary(min_size=32, max_size=32))))
def test_two_lists_of_files_never_look_alike(files: list[tuple[str, bytes]]) -> None:
    for index in range(len(files)):
        fewer = files[:index] + files[index + 1 :]
        assert measurement.measurement(fewer) != measurement.measurement(files)


def test_the_running_tree_has_all_its_packages() -> None:
    packages = {path.split("/")[0] for path, _ in measurement.files()}
    assert packages == set(measurement.PACKAGES)


def test_a_cache_that_only_the_owner_of_the_sources_may_write_is_quiet(tree: Path) -> None:
    assert bytecode.easier_to_write(str(tree)) == ""


def test_a_cache_or_a_file_in_it_that_more_people_may_write_is_named(tree: Path) -> None:
    cache = tree / "firmware/domain/__pycache__"
    (cache / "power.cpython-311.pyc").chmod(0o666)
    assert bytecode.easier_to_write(str(tree)) == str(cache / "power.cpython-311.pyc")
    cache.chmod(0o777)
    assert bytecode.easier_to_write(str(tree)) == str(cache)
    (tree / "firmware/domain").chmod(0o777)  # then the sources are no better
    assert bytecode.easier_to_write(str(tree)) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_cache_of_another_user_is_named(tree: Path) -> None:
    cache = tree / "firmware/domain/__pycache__"
    os.chown(cache, 4242, -1)
    assert bytecode.easier_to_write(str(tree)) == str(cache)


def test_a_cache_that_this_user_may_not_read_is_not_run_either(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, look = tree / "firmware/domain/__pycache__", os.scandir
    cache.chmod(0o700)

    def shut(path: str) -> object:
        if str(path) == str(cache):
            raise PermissionError(13, "Permission denied", path)
        return look(path)

    monkeypatch.setattr(os, "scandir", shut)  # root may read all
    assert bytecode.easier_to_write(str(tree)) == ""
