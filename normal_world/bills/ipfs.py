"""An IPFS node by its HTTP API, and the folder that keeps a bill where no node is configured."""

from pathlib import Path
from typing import TYPE_CHECKING

from normal_world.bills import canonical
from normal_world.bills.cid import cid_of
from normal_world.bills.errors import IpfsDiffers, IpfsRefused, IpfsUnreachable
from normal_world.link import files

if TYPE_CHECKING:
    import requests

TIMEOUT_S = 20.0
MODE = 0o600  # a bill says what a household uses
MAX_ANSWER = 1 << 20  # bytes
# What `ipfs add --cid-version=1` does, said in full: a node's own defaults may be others.
ADD = {
    "cid-version": "1",
    "raw-leaves": "true",
    "chunker": "size-262144",
    "hash": "sha2-256",
    "trickle": "false",
    "inline": "false",
    "pin": "true",
}


class Ipfs:
    """`url`: of the API, as http://127.0.0.1:5001. All calls raise IpfsUnreachable, IpfsRefused."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self.url, self._timeout_s = url.rstrip("/"), timeout_s

    def add(self, content: bytes, name: str) -> str:
        """Adds and pins; the CID, or IpfsDiffers if the node's is not ours."""
        answer = self._post("add", ADD, upload={"file": (name, content)})
        ours, theirs = cid_of(content), _field(answer.splitlines()[-1:], "Hash")
        if theirs != ours:
            raise IpfsDiffers(f"{self.url}: {theirs[:80]} for {name}, {ours} expected")
        return ours

    def pinned(self, cid: str) -> bool:
        """Whether the node keeps it."""
        try:
            answer = self._post("pin/ls", {"arg": cid, "type": "all"})
        except IpfsRefused as error:
            if "not pinned" in str(error):
                return False
            raise
        return f'"{cid}"'.encode() in answer

    def cat(self, cid: str) -> bytes:
        """The bytes of a CID, as the node has or finds them."""
        return self._post("cat", {"arg": cid})

    def _post(
        self,
        command: str,
        arguments: dict[str, str],
        upload: "dict[str, tuple[str, bytes]] | None" = None,
    ) -> bytes:
        import requests

        try:
            with requests.post(
                f"{self.url}/api/v0/{command}", params=arguments, files=upload,
                timeout=self._timeout_s, stream=True, allow_redirects=False,
            ) as response:  # fmt: skip
                answer = response.raw.read(MAX_ANSWER + 1, decode_content=True)
        except (requests.RequestException, OSError, ValueError) as error:
            raise IpfsUnreachable(f"{self.url} {command}: {_cause(error)}") from error
        except Exception as error:  # urllib3's own, out of read()
            raise IpfsUnreachable(f"{self.url} {command}: {type(error).__name__}") from error
        return self._judged(command, response, answer)

    def _judged(self, command: str, response: "requests.Response", answer: bytes) -> bytes:
        if len(answer) > MAX_ANSWER:
            raise IpfsUnreachable(f"{self.url} {command}: more than {MAX_ANSWER} bytes")
        if response.status_code != 200:
            told = _field([answer], "Message") or f"HTTP {response.status_code}"
            raise IpfsRefused(f"{self.url} {command}: {told[:200]}")
        return answer


def _field(lines: list[bytes], name: str) -> str:
    """A text out of a JSON object in a line; nothing if there is none."""
    try:
        found = canonical.loads(lines[0]) if lines else None
    except ValueError:
        return ""
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _cause(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return str(error)[:150] or type(error).__name__


def keep(folder: Path, content: bytes) -> Path:
    """Keeps bytes in a folder under their CID: whole, or not at all; OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / cid_of(content)
    files.replace(path, content, MODE)
    return path


def kept(folder: Path, cid: str) -> bytes | None:
    """The bytes of a CID in a folder; None if they are not there, or others."""
    path = folder / cid
    content = path.read_bytes() if path.is_file() else None
    return content if content is not None and cid_of(content) == cid else None
