"""The client's end of the bus socket against a plant that answers wrongly or dies half-way."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.ads1115 import ADS1115
from drivers.errors import AdcNack, BusGone, DriverError, ShortRead
from drivers.virtual.bus import VirtualBus
from drivers.virtual.wire import MAX_FRAME, NACK, OK, REFUSED
from tests.plant_process import LIMIT_S

ACCEPTED = bytes((OK,))


@contextmanager
def false_plant(folder: Path, *replies: bytes) -> Iterator[Path]:
    """Takes one connection, gives the hello and then these replies, and hangs up."""
    path = folder / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.settimeout(LIMIT_S)
        listener.bind(str(path))
        listener.listen(1)

        def serve() -> None:
            link, _ = listener.accept()
            with link:
                for reply in (ACCEPTED, *replies):
                    link.recv(MAX_FRAME)
                    link.send(reply)
                link.recv(MAX_FRAME)

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join(LIMIT_S)


def test_dying_between_request_and_answer_is_an_error(tmp_path: Path) -> None:
    answer = bytearray(b"\x12\x34")
    with false_plant(tmp_path) as path, pytest.raises(ConnectionResetError, match="hung up"):
        VirtualBus(path, "seller").readfrom_into(0x48, answer)
    assert answer == b"\x12\x34"


@pytest.mark.parametrize("reply", [ACCEPTED, ACCEPTED + b"\x12", ACCEPTED + b"\x12\x34\x56"])
def test_an_answer_of_another_length_is_an_error(tmp_path: Path, reply: bytes) -> None:
    answer = bytearray(2)
    with false_plant(tmp_path, reply) as path:
        bus = VirtualBus(path, "seller")
        with pytest.raises(ShortRead, match="2 expected"):
            bus.readfrom_into(0x48, answer)
        bus.deinit()
    assert answer == b"\x00\x00"


@pytest.mark.parametrize(
    ("reply", "error"), [(bytes((NACK,)), AdcNack), (bytes((REFUSED,)) + b"no", BusGone)]
)
def test_refusals_reach_the_driver_by_name(
    tmp_path: Path, reply: bytes, error: type[DriverError]
) -> None:
    with false_plant(tmp_path, reply, reply) as path:
        bus = VirtualBus(path, "seller")
        with pytest.raises(error):
            ADS1115(bus, 0x48).configure()
        bus.deinit()


def test_no_plant_at_all_is_the_bus_gone(tmp_path: Path) -> None:
    with pytest.raises(BusGone):
        ADS1115(VirtualBus(tmp_path / "none", "seller"), 0x48).configure()


def test_slices_go_where_they_belong(tmp_path: Path) -> None:
    answer = bytearray(b"....")
    with false_plant(tmp_path, ACCEPTED + b"ab") as path:
        bus = VirtualBus(path, "seller")
        bus.readfrom_into(0x48, answer, start=1, end=3)
        bus.deinit()
    assert answer == b".ab."
