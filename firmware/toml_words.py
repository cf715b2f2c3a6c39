"""How the keys and values of a TOML file are named to a person."""

from collections.abc import Sequence

from firmware.toml_lines import Path as Keys

KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def alternatives(choices: Sequence[int | float | str]) -> str:
    """`1, 2 or 3`; texts in quotes."""
    told = [f'"{choice}"' if isinstance(choice, str) else f"{choice:g}" for choice in choices]
    return " or ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def label(keys: Keys, table: bool = False) -> str:
    """`[adc.voltage] address`, `[adc.voltage]` for a table, `key` at the top."""
    parts = [key if isinstance(key, str) else f"#{key + 1}" for key in keys]
    if table:
        return f"[{'.'.join(parts)}]"
    return f"[{'.'.join(parts[:-1])}] {parts[-1]}" if len(parts) > 1 else "".join(parts)
