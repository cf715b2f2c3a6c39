"""JSON-RPC over HTTP: web3's provider, with a limit on how long and how much a node may answer."""

import threading
import time
from typing import Any

import requests
import urllib3.exceptions
from web3 import HTTPProvider
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from normal_world.errors import ChainUnreachable

MAX_ANSWER = 32 * 1024 * 1024
PIECE = 64 * 1024


class Transport(HTTPProvider):
    """One connection a thread; no retries (who asks decides), no redirects."""

    def __init__(self, url: str, timeout_s: float) -> None:
        super().__init__(url, exception_retry_configuration=None)
        self.url = url
        self.timeout_s = timeout_s
        self._local = threading.local()

    def request(self, method: str, params: list[Any]) -> dict[str, Any]:
        """The JSON-RPC answer, with `result` or `error`; ChainUnreachable if there is none."""
        try:
            raw = self._post(self.encode_rpc_request(RPCEndpoint(method), params))
            answer: Any = self.decode_rpc_response(raw)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise ChainUnreachable(f"{self.url} {method}: {_cause(error)}") from error
        except (ValueError, Web3Exception, RecursionError) as error:
            raise ChainUnreachable(f"{self.url} {method}: the answer is not JSON-RPC") from error
        if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
            raise ChainUnreachable(f"{self.url} {method}: the answer is not JSON-RPC")
        return answer

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session

    def _post(self, body: bytes) -> bytes:
        until = time.monotonic() + self.timeout_s
        with self._session().post(
            self.url,
            data=body,
            headers={"Content-Type": "application/json"},
            timeout=self.timeout_s,
            stream=True,
            allow_redirects=False,
        ) as response:
            answer = bytearray()
            while piece := response.raw.read1(PIECE, decode_content=True):
                answer += piece
                if len(answer) > MAX_ANSWER or time.monotonic() > until:
                    raise requests.Timeout(f"no whole answer within {self.timeout_s:g} s")
        return bytes(answer)


def _cause(error: BaseException) -> str:
    """The innermost reason in short: `requests` wraps it three times."""
    if isinstance(error, requests.Timeout):
        return "no answer within the time limit"
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
