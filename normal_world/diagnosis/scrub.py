"""Takes secrets out of a text that leaves the house: better too much than too little.

What looks like a key is replaced by a mark that is the same wherever the same text stood: support
can still see that two lines speak of one trade. The mark is a keyed hash, its key made for one
report and thrown away, so that nobody can search for the text behind it.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any

GONE = "[removed]"
KNOWN_MIN = 6  # characters of a secret that is looked for everywhere
WORDS_IN_A_ROW = 5  # of the BIP-39 list; a plain sentence has "the", "is", "a" in between
NAMES = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|priv"
    r"|mnemonic|words|seed|pins?|puk|credentials?|auth(?:orization)?|bearer|cookie|session|key"
)
# What may stand behind the name: texts of TOML and JSON, lists, objects, bare words of a log.
VALUE = (
    r'"""[\s\S]*?"""'
    r"|'''[\s\S]*?'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\[[^\]]*\]"
    r"|\{[^}]*\}"
    r"|[^\s,;}\]]+(?:[ \t]+[^\s,;}\]=:]+)*"
)
# Anything may stand before the name: RPC_TOKEN, mqtt-password, "ownApiKey".
NAMED = re.compile(
    rf"(?P<name>[\"']?(?<![\w.-])[\w.-]{{0,40}}?(?:{NAMES})[\"']?\s*[=:]\s*)(?P<value>{VALUE})",
    re.IGNORECASE,
)
ENDS_SECRET = re.compile(rf"(?:{NAMES})$", re.IGNORECASE)
FLAG = re.compile(rf"((?<![\w-])--?[\w-]{{0,40}}?(?:{NAMES})[ =]+)(?!-)(\S+)", re.I)
SAID = re.compile(
    r"\b((?:password|passphrase|mnemonic|pin|api key|token)\s+(?:is|was)\s+)(\S+)", re.IGNORECASE
)
LOGIN = re.compile(r"(?<![\w@/:.%+-])[\w.%+-]{1,64}:([^\s@/\"']{1,200})@(?=[\w.-])")
SCHEME = re.compile(r"\b(Bearer|Basic|Digest|Token)\s+[^\s\"',;]+", re.IGNORECASE)
PEM = re.compile(r"-----BEGIN [^-\n]*-----.*?(?:-----END [^-\n]*-----|\Z)", re.DOTALL)
URL = re.compile(r"""(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,20})://([^\s"'<>\\]+)""", re.IGNORECASE)
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{40}\b")
HEXADECIMAL = re.compile(r"(?<![0-9a-zA-Z])(?:0x)?[0-9a-fA-F]{32,}(?![0-9a-zA-Z])")
# Keys of services, JSON web tokens, base64: long, and with digits among the letters.
OPAQUE = re.compile(r"(?<![\w/.-])(?=[\w+/=.-]*\d)(?=[\w+/=.-]*[A-Za-z])[\w+/=-]{20,}(?:\.[\w-]+)*")
WORD = re.compile(r"[A-Za-z]+")
BETWEEN = re.compile(r"[\s\d.,:;\"'|\[\]()*-]*")
IPV4 = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])")
KEY_LABEL = re.compile(r"(?=[^.]*\d)[\w-]{16,}(?::\d+)?")  # of a host's name
PLAIN_SEGMENT = re.compile(r"[A-Za-z]{0,15}|v\d{1,2}")
HARMLESS = re.compile(
    r"""["']?(?:true|false|null|none|file|rpi-otp|optee-huk|\d{1,2}|0x[0-9a-fA-F]{40})["']?""",
    re.IGNORECASE,
)
KEY_FILE = re.compile(r"""["']?[\w./-]*\.(?:key|pem)["']?""")


class Scrubber:
    """`anonymous` takes accounts, meters, hosts and the `names` given out as well."""

    def __init__(self, *, anonymous: bool = False, names: tuple[str, ...] = ()) -> None:
        self._key = secrets.token_bytes(32)
        self._anonymous = anonymous
        self._names = [name for name in names if name]
        self._known: set[str] = set()

    def learn(self, text: str) -> None:
        """Remember what a name or an address shows to be secret: elsewhere it stands bare."""
        text = without_words(PEM.sub("", text))
        found = [match["value"] for match in NAMED.finditer(text)]
        found += [match[2] for match in FLAG.finditer(text)]
        found += [match[1] for match in LOGIN.finditer(text)]
        for match in URL.finditer(text):
            login, at, _ = match[2].rpartition("@")
            found += [login.partition(":")[2]] if at else []
        self.learn_values(found)

    def learn_values(self, values: Iterable[str]) -> None:
        """Remember these texts as secret; short ones would take out too much."""
        bare = (value.strip("\"'[] ") for value in values)
        self._known |= {text for text in bare if len(text) >= KNOWN_MIN and not _harmless(text)}

    def __call__(self, text: str) -> str:
        """The text without secrets; running it again changes nothing more."""
        text = without_words(PEM.sub("[PEM removed]", text))  # whole, before parts of them go
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, GONE)
        for step in self._steps():
            text = step(text)
        return text

    def values(self, found: Any) -> Any:
        """The same for an object of JSON, which stays one."""
        if isinstance(found, str):
            return self(found)
        if isinstance(found, list):
            return [self.values(item) for item in found]
        if isinstance(found, dict):
            return {self(name): self._value(name, item) for name, item in found.items()}
        return found

    def _value(self, name: str, item: Any) -> Any:
        secret = ENDS_SECRET.search(name) and item not in (None, True, False)
        return GONE if secret and not _harmless(str(item)) else self.values(item)

    def _steps(self) -> Iterator[Callable[[str], str]]:
        yield partial(URL.sub, self._url)
        yield partial(LOGIN.sub, f"{GONE}@")
        yield partial(SCHEME.sub, rf"\1 {GONE}")
        yield partial(SAID.sub, rf"\1{GONE}")
        yield partial(NAMED.sub, _named)
        yield partial(FLAG.sub, _flagged)
        yield partial(HEXADECIMAL.sub, self._hexadecimal)
        yield partial(OPAQUE.sub, self._opaque)
        if self._anonymous:
            yield partial(ADDRESS.sub, lambda match: self._mark("address", match[0].lower()))
            yield partial(IPV6.sub, _ipv6)
            yield partial(IPV4.sub, "[ip]")
            for name in self._names:
                yield partial(re.compile(re.escape(name)).sub, self._mark("name", name))

    def _url(self, match: re.Match[str]) -> str:
        """Scheme, host and plain path; no credentials, no query, no segment like a key."""
        # A password may hold slashes, wrongly: whatever stands before the last @ goes.
        place, _, rest = match[2].rpartition("@")[2].partition("/")
        host = re.split(r"[?#]", place, maxsplit=1)[0]
        path, *more = re.split(r"[?#]", rest, maxsplit=1)
        segments = [s if PLAIN_SEGMENT.fullmatch(s) else GONE for s in path.split("/")]
        labels = [GONE if KEY_LABEL.fullmatch(label) else label for label in host.split(".")]
        told = "[host]" if self._anonymous else ".".join(labels)
        query = f"?{GONE}" if more or host != place else ""
        return f"{match[1]}://{told}" + ("/" + "/".join(segments) if rest else "") + query

    def _hexadecimal(self, match: re.Match[str]) -> str:
        if ADDRESS.fullmatch(match[0]):
            return match[0]
        return self._mark("hex", match[0].lower().removeprefix("0x"))

    def _opaque(self, match: re.Match[str]) -> str:
        found = match[0]
        if ADDRESS.fullmatch(found) or sum(map(str.isdigit, found)) == len(found):
            return found
        return self._mark("opaque", found)

    def _mark(self, kind: str, text: str) -> str:
        digest = hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256)
        return f"[{kind} {digest.hexdigest()[:8]}]"


def without_words(text: str) -> str:
    """Runs of words of a backup, however they are numbered or broken into lines, taken out."""
    known, cuts = wordlist(), list[tuple[int, int]]()
    run: list[re.Match[str]] = []
    for match in WORD.finditer(text):
        near = run and BETWEEN.fullmatch(text, run[-1].end(), match.start())
        if match[0].lower() in known and (near or not run):
            run.append(match)
            continue
        cuts += _cut(run)
        run = [match] if match[0].lower() in known else []
    cuts += _cut(run)
    for start, end in reversed(cuts):
        text = f"{text[:start]}[words removed]{text[end:]}"
    return text


@cache
def wordlist() -> frozenset[str]:
    """The 2048 English words of BIP-39."""
    from mnemonic import Mnemonic

    return frozenset(Mnemonic("english").wordlist)


def _cut(run: list[re.Match[str]]) -> list[tuple[int, int]]:
    return [(run[0].start(), run[-1].end())] if len(run) >= WORDS_IN_A_ROW else []


def _named(match: re.Match[str]) -> str:
    value = match["value"]
    if _harmless(value) or value.startswith(GONE):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{quote}{GONE}{quote}"


def _flagged(match: re.Match[str]) -> str:
    return match[0] if _harmless(match[2]) else f"{match[1]}{GONE}"


def _harmless(value: str) -> bool:
    """Truth values, small numbers, addresses, and paths of key files (not what is in them)."""
    return bool(HARMLESS.fullmatch(value) or KEY_FILE.fullmatch(value))


def _ipv6(match: re.Match[str]) -> str:
    """A time of day has colons too, but no such address is all decimal pairs."""
    return match[0] if re.fullmatch(r"[\d:]{5,8}", match[0]) else "[ip]"
