"""The machine: Python, clock, disk, flash card, memory, the programs and their versions."""

from collections.abc import Iterator

from normal_world.diagnosis.result import Facts, Result, age, fail, ok, size, skipped, warn

YEAR_FIRST = 2026  # no Evlock is older: an earlier clock was never set
DISK_FAIL, DISK_WARN = 20e6, 200e6  # bytes free
MEMORY_FAIL, MEMORY_WARN = 16e6, 64e6  # bytes available
# JEDEC eMMC 5.1 (JESD84-B51), DEVICE_LIFE_TIME_EST: 1 is 0-10 % used … 10 is 90-100 %, 11 beyond.
WORN_WARN, WORN_FAIL = 9, 11
START = {
    "secured": "evlock-secured",
    "meterd": "evlock-meterd",
    "noded": "evlock-noded",
}


def python(facts: Facts) -> Iterator[Result]:
    found = tuple(facts["python"])
    text = "Python {}.{}.{}".format(*found)
    if found < (3, 11):
        yield fail("python", text, "install Python 3.11 or newer, then Evlock into it")
    else:
        yield ok("python", f"{text}, Evlock {facts['version']}")


def clock(facts: Facts) -> Iterator[Result]:
    year, synced, rtc = facts["year"], facts["ntp_synchronised"], facts["rtc"]
    if year < YEAR_FIRST:
        do = "set the clock: timedatectl set-ntp true, or date --set"
        yield fail("clock", f"the year {year}: it was never set", do)
        return
    battery = "" if rtc else ", no clock chip"
    if synced:
        yield ok("clock", f"{facts['now']} UTC, synchronised{battery}")
    elif synced is None:
        yield ok("clock", f"{facts['now']} UTC, the system does not tell if synchronised{battery}")
    else:
        do = "timedatectl set-ntp true; is a time server reachable?"
        yield warn("clock", f"{facts['now']} UTC, not synchronised{battery}", do)


def disk(facts: Facts) -> Iterator[Result]:
    place, free = facts["disk"]["path"], facts["disk"]["free"]
    if facts["disk"]["read_only"]:
        do = "the file system may be damaged: dmesg, fsck, or a new card"
        yield fail("disk", f"{place} is mounted read-only", do)
    elif free < DISK_FAIL:
        yield fail("disk", f"{size(free)} free at {place}", "make room: du -xh / | sort -h | tail")
    elif free < DISK_WARN or facts["disk"]["inodes_free"] == 0:
        yield warn("disk", f"{size(free)} free at {place}", "make room: du -xh / | sort -h | tail")
    else:
        yield ok("disk", f"{size(free)} free at {place}")


def flash(facts: Facts) -> Iterator[Result]:
    """Wear, where the card tells it: eMMC does, most SD cards do not."""
    if not facts["flash"]:
        yield skipped("flash", "no eMMC or SD card here that tells its wear")
        return
    for device, (worn, pre_end) in sorted(facts["flash"].items()):
        text = f"{device}: {min(worn * 10, 100)} % of its life used at most"
        if worn >= WORN_FAIL or pre_end == 3:
            do = "replace it now: it may turn read-only at any time"
            yield fail("flash", f"{device}: at the end of its life", do)
        elif worn >= WORN_WARN or pre_end == 2:
            yield warn("flash", text, "order a replacement")
        elif worn < 1:
            yield skipped("flash", f"{device} does not tell its wear")
        else:
            yield ok("flash", text)


def memory(facts: Facts) -> Iterator[Result]:
    free = facts["memory_available"]
    if free is None:
        yield skipped("memory", "the system does not tell")
    elif free < MEMORY_FAIL:
        yield fail("memory", f"{size(free)} available", "what uses it? ps aux --sort=-rss | head")
    elif free < MEMORY_WARN:
        yield warn("memory", f"{size(free)} available", "what uses it? ps aux --sort=-rss | head")
    else:
        yield ok("memory", f"{size(free)} available")


def services(facts: Facts) -> Iterator[Result]:
    for program, told in facts["services"].items():
        name = START[program]
        start = f"sudo systemctl start {name}" if facts["systemd"] else name
        if told["answers"]:
            yield ok(program, "runs and answers")
        elif told["code"] == "permission":
            do = "log in as a member of the group evlock: adduser NAME evlock"
            yield fail(program, f"you may not use its socket {told['socket']}", do)
        elif told["code"] == "slow":
            yield fail(program, "runs, but does not answer in time", f"evlock logs {program}")
        else:
            do = f"start it: {start}; if it ends at once: evlock logs {program}"
            yield fail(program, "does not run", do)


def versions(facts: Facts) -> Iterator[Result]:
    own, others = facts["version"], facts["versions"]
    known = {program: version for program, version in others.items() if version}
    different = [f"{program} {v}" for program, v in known.items() if v != own]
    if not known:
        yield skipped("versions", "no program answers")
    elif different:
        do = "restart the programs: they run an older or newer Evlock than is installed"
        yield warn("versions", f"evlock {own}, but {', '.join(different)}", do)
    else:
        yield ok("versions", f"{own}: evlock, {', '.join(known)}")


def safe_mode(facts: Facts) -> Iterator[Result]:
    on = [name for name, answer in facts["safe_mode"].items() if answer]
    if not any(answer is not None for answer in facts["safe_mode"].values()):
        yield skipped("safe-mode", "no program answers")
    elif on:
        do = "why did it fail? evlock logs; then: evlock safe-mode leave"
        found = f"{' and '.join(on)} started and failed too often: no trades"
        yield warn("safe-mode", found, do)
    else:
        yield ok("safe-mode", "off")


def last_trade(facts: Facts) -> Iterator[Result]:
    if facts["last_trade_s"] is None:
        yield skipped("last-trade", "none in the event log of this meter")
    else:
        yield ok("last-trade", f"{age(facts['now_s'] - facts['last_trade_s'])} ago")
