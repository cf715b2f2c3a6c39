"""Keys in `evlock setup` without a person: the backup goes into a file that was empty before."""

import os
from pathlib import Path

from normal_world.cli.errors import SetupStopped
from normal_world.cli.programs import secure_world
from normal_world.cli.setup_source import Source

BACKUP_FILE_MODE = 0o600
WORDS_MAX_BYTES = 512  # 24 words of at most 8 letters, with spaces


def provision(source: Source, rated_w: int, words: int) -> None:
    """Make the keys; raises SetupStopped, FileExistsError when the file is there."""
    target, secret = (source.given(f"keys.{name}_file") for name in ("words", "passphrase"))
    if not target or not secret:
        raise SetupStopped("keys.words_file and keys.passphrase_file expected in the answers")
    from normal_world.cli.secret_input import passphrase

    phrase, path = passphrase(Path(secret).expanduser(), None, confirm=False), Path(target)
    path = path.expanduser()
    # Before there are keys: words must never overwrite others, nor find the disk full.
    path.touch(mode=BACKUP_FILE_MODE, exist_ok=False)
    try:
        path.write_text(" " * WORDS_MAX_BYTES, encoding="utf-8")
        with secure_world("admin") as client:
            made = client.provision(words, phrase, rated_w)
    except Exception:
        path.unlink()
        raise
    with path.open("r+", encoding="utf-8") as file:
        file.write(made.mnemonic + "\n")
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
