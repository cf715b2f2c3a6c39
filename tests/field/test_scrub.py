"""Nothing secret leaves the house in a report, however it is written."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mnemonic import Mnemonic

from normal_world.diagnosis.scrub import GONE, Scrubber

ADDRESS = "0x" + "aB" * 20
HEX64 = st.text("0123456789abcdef", min_size=64, max_size=64)
SECRET = st.text(string.ascii_letters + string.digits + "!$%&*+-_~", min_size=8, max_size=40)
MEANT = SECRET.filter(lambda text: not text.startswith("-") and "password" not in text.lower())
WORDS = st.sampled_from((12, 15, 18, 21, 24)).flatmap(
    lambda count: st.binary(min_size=count * 4 // 3, max_size=count * 4 // 3)
)


def clean(*texts: str, anonymous: bool = False) -> str:
    scrub = Scrubber(anonymous=anonymous)
    for text in texts:
        scrub.learn(text)
    return "\n".join(map(scrub, texts))


@given(WORDS, st.sampled_from((" ", "\n", ", ", '", "', " | ")), st.booleans())
def test_the_words_of_a_backup(entropy: bytes, between: str, upper: bool) -> None:
    words = Mnemonic("english").to_mnemonic(entropy).split()
    text = between.join(words)
    told = clean(f"the words: {text.upper() if upper else text}\nTHE-LINE-BELOW")
    assert "THE-LINE-BELOW" in told
    assert not set(told.lower().replace("words removed", "").split()) & set(words)


@given(WORDS)
def test_the_words_as_key_provision_prints_them(entropy: bytes) -> None:
    from normal_world.cli.key import _numbered

    words = Mnemonic("english").to_mnemonic(entropy)
    told = clean(_numbered(words))
    assert not set(told.replace("words removed", "").split()) & set(words.split())


@given(HEX64, st.sampled_from(("{}", "0x{}", "key={}", '"private": "{}"', "sk {};", "({})")))
def test_private_keys_in_hexadecimal(key: str, form: str) -> None:
    assert key[8:24] not in clean(form.format(key))


@given(
    MEANT,
    st.sampled_from(
        (
            'password = "{}"',
            "MQTT_PASSWORD={}",
            '{{"api_key": "{}"}}',
            '"rpc-token" : "{}",',
            "passphrase: {}",
            "pin = {}",
            "secret='{}'",
            "Authorization: Bearer {}",
            "--password {}",
            "--rpc-token={}",
            "the password is {}",
            "mqtt://house:{}@broker.example:1883",
            "https://user:{}@rpc.example/v1",
            "login house:{}@broker.example",
        )
    ),
)
@settings(max_examples=300)
def test_secrets_by_their_names(secret: str, form: str) -> None:
    assert secret not in clean(form.format(secret))


@given(st.text("abcdef0123456789", min_size=16, max_size=48), st.sampled_from(("v3/{}", "?key={}")))
def test_keys_inside_the_addresses_of_services(key: str, form: str) -> None:
    text = f'rpc = "https://kaia.rpc.example:8551/{form.format(key)}"'
    told = clean(text)
    assert key not in told
    assert "https://kaia.rpc.example:8551/" in told


def test_a_secret_that_has_a_name_in_one_file_is_found_bare_in_another() -> None:
    told = clean('password = "correct horse"', "WARNING broker refused correct horse, again")
    assert "correct horse" not in told
    assert "WARNING broker refused" in told


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_pem_blocks_also_cut_off_ones(kind: str) -> None:
    body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"
    whole = f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"
    assert body[:12] not in clean(f"a\n{whole}\nb")
    assert body[:12] not in clean(whole.rsplit("\n", 1)[0])


def test_json_web_tokens_and_keys_of_services() -> None:
    for token in (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMiJ9.4n0XV",
        "sk_live_51H8aBcD93kfj2kd9fkslq2x",
    ):
        assert token[4:20] not in clean(f"sent {token} to it")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T13:12:52+00:00 INFO LINK-UP at house-14.example:7400",
        "current_offset_a -0.0211809, noise_a 0.0177519",
        'device = "pki/device.pem"',
        'revoked = "pki/revoked.pem"',
        f'"token": "{ADDRESS}"',
        f"meter {ADDRESS} enrolled, feeder 1",
        "chain 131277322940537, block 89",
        'rpc = "http://127.0.0.1:8545"',
        "RELAY-OPENED over-current +12.3 A",
        "tokens 1000000000000000000, credit 10",
    ],
)
def test_what_support_needs_stays(text: str) -> None:
    assert clean(text) == text


def test_the_same_trade_has_the_same_mark_and_nobody_can_look_it_up() -> None:
    trade = "0x" + "5e" * 32
    first, second = clean(f"TRADE {trade} a\nTRADE {trade} b"), clean(f"TRADE {trade} a")
    marks = {line.split("[")[1].split("]")[0] for line in first.splitlines()}
    assert len(marks) == 1
    assert marks.isdisjoint({second.split("[")[1].split("]")[0]})


def test_anonymous_takes_addresses_hosts_and_names() -> None:
    text = f"meter {ADDRESS} at 192.168.1.7:7400, http://rpc.example/v1, fe80::1:2:3:4, kitchen"
    scrub = Scrubber(anonymous=True, names=("kitchen",))
    told = scrub(text)
    for part in (ADDRESS, ADDRESS.lower(), "192.168", "rpc.example", "fe80", "kitchen"):
        assert part not in told
    assert "13:12:52" in scrub("at 13:12:52")


@given(st.text(max_size=400))
def test_any_text_goes_through_and_twice_is_as_once(text: str) -> None:
    scrub = Scrubber()
    once = scrub(text)
    assert scrub(once).count(GONE) >= once.count(GONE)
    json.dumps(once)


def test_a_long_line_takes_no_long_time() -> None:
    """A pattern that tries everything would not come to an end on these."""
    for text in ("a" * 100_000, "a-" * 50_000, "key" * 30_000, "abandon " * 10_000, "0x" * 50_000):
        Scrubber()(text)
