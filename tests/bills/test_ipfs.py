"""The IPFS node's HTTP API at the wire, what can be wrong with it, and the folder without one."""

import json
import socket
from pathlib import Path

import pytest

from normal_world.bills.cid import cid_of
from normal_world.bills.errors import IpfsDiffers, IpfsRefused, IpfsUnreachable
from normal_world.bills.ipfs import MAX_ANSWER, Ipfs, keep, kept
from tests.bills.stand_in import ipfs_node

CONTENT = b'{"a":1}\r\n\r\n--\x00\xff'


def test_added_pinned_and_read_back() -> None:
    with ipfs_node() as node:
        ipfs = Ipfs(node.url + "/")
        cid = ipfs.add(CONTENT, "bill.json")
        assert cid == cid_of(CONTENT)
        assert ipfs.pinned(cid)
        assert ipfs.cat(cid) == CONTENT
        other = cid_of(b"other")
        assert not ipfs.pinned(other)
        with pytest.raises(IpfsRefused, match="block not found"):
            ipfs.cat(other)
        path, arguments = node.asked[0]
        assert path == "/api/v0/add"
        assert arguments["cid-version"] == "1" and arguments["pin"] == "true"
        assert arguments["chunker"] == "size-262144"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, json.dumps({"Hash": cid_of(b"other")}).encode()), IpfsDiffers),
        ((200, b""), IpfsDiffers),
        ((200, b"<html>"), IpfsDiffers),
        ((200, b"[1]"), IpfsDiffers),
        ((200, b"x" * (MAX_ANSWER + 9)), IpfsUnreachable),
        ((500, b'{"Message":"no space left"}'), IpfsRefused),
        ((403, b"forbidden"), IpfsRefused),
        ((302, b""), IpfsRefused),
    ],
)
def test_answers_that_are_none(answer: tuple[int, bytes], error: type[Exception]) -> None:
    with ipfs_node() as node:
        node.answer = answer
        with pytest.raises(error):
            Ipfs(node.url).add(CONTENT, "bill.json")


def test_nobody_there_and_one_who_is_silent() -> None:
    with pytest.raises(IpfsUnreachable, match=":9"):
        Ipfs("http://127.0.0.1:9").cat("b")
    with pytest.raises(IpfsUnreachable):
        Ipfs("no address").cat("b")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(IpfsUnreachable, match="timed out"):
            Ipfs(url, timeout_s=0.1).cat("b")


def test_a_folder_without_a_node(tmp_path: Path) -> None:
    path = keep(tmp_path / "new", CONTENT)
    cid = cid_of(CONTENT)
    assert path == keep(tmp_path / "new", CONTENT) == tmp_path / "new" / cid
    assert kept(tmp_path / "new", cid) == CONTENT
    assert kept(tmp_path / "new", cid_of(b"")) is None
    path.write_bytes(b"other")
    assert kept(tmp_path / "new", cid) is None
