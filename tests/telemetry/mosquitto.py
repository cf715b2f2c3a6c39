"""The real mosquitto broker on the loopback, with a throw-away CA, and its clients."""

import datetime
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from normal_world.demo.home import free_ports
from tests.plant_process import wait_until

SERVER = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
NEEDED = (SERVER, shutil.which("mosquitto_sub"), shutil.which("mosquitto_passwd"))
needs_mosquitto = pytest.mark.skipif(
    not all(NEEDED), reason="mosquitto and mosquitto-clients (Debian) are not installed"
)
USER, PASSWORD = "meter", "correct horse"
WAIT_S = "30"


@dataclass
class Mosquitto:
    """A broker; `start` again at the same port after `kill`."""

    folder: Path
    password: bool = False
    tls: bool = False
    port: int = field(default_factory=lambda: free_ports(1)[0])
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._write()
        assert SERVER is not None
        with (self.folder / "mosquitto.log").open("ab") as log:
            command = [SERVER, "-v", "-c", str(self.folder / "mosquitto.conf")]
            self._process = subprocess.Popen(command, stderr=log, stdout=log)
        wait_until(self._listens, "mosquitto listens")

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log(self) -> str:
        return (self.folder / "mosquitto.log").read_text("utf-8", "replace")

    def received(self, topic: str, count: int = 1) -> dict[str, str]:
        """The next messages of a topic (retained ones come at once), by their topics."""
        done = subprocess.run(
            self._subscriber(topic, count), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{count} × {topic}: {done.stdout}{done.stderr}"
        pairs = (line.partition(" ") for line in done.stdout.splitlines())
        return {key: value for key, _, value in pairs}

    def values(self, meter: str) -> dict[str, Any]:
        """The next state message."""
        (text,) = self.received(f"evlock/{meter}/state").values()
        found: dict[str, Any] = json.loads(text)
        return found

    def _subscriber(self, topic: str, count: int) -> list[str]:
        command = ["mosquitto_sub", "-h", "localhost", "-p", str(self.port), "-v", "-t", topic]
        command += ["-C", str(count), "-W", WAIT_S]
        command += ["-u", USER, "-P", PASSWORD] if self.password else []
        return command + (["--cafile", str(self.folder / "ca.pem")] if self.tls else [])

    def _listens(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self.log()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _write(self) -> None:
        lines = [f"listener {self.port} 127.0.0.1", "user root", "persistence false"]
        lines += [f"allow_anonymous {str(not self.password).lower()}"]
        if self.password:
            secrets = self.folder / "passwords"
            command = ["mosquitto_passwd", "-b", "-c", str(secrets), USER, PASSWORD]
            subprocess.run(command, check=True, capture_output=True)
            lines.append(f"password_file {secrets}")
        if self.tls:
            make_certificates(self.folder)
            lines += [f"{kind}file {self.folder / kind}.pem" for kind in ("cert", "key")]
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextmanager
def broker(folder: Path, *, password: bool = False, tls: bool = False) -> Iterator[Mosquitto]:
    """A running broker in a folder of its own."""
    folder.mkdir(parents=True)
    made = Mosquitto(folder, password, tls)
    made.start()
    try:
        yield made
    finally:
        made.kill()


def make_certificates(folder: Path) -> None:
    """ca.pem, and cert.pem with key.pem for localhost that it signed; an existing CA stays."""
    if (folder / "ca.pem").exists():
        return
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _certificate("throw-away CA", ca_key, "throw-away CA", ca_key, authority=True)
    server = _certificate("broker", key, "throw-away CA", ca_key, authority=False)
    plain = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "cert.pem").write_bytes(server.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, plain))


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
