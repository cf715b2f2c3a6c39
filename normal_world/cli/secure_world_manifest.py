"""secure-world manifest: which code may use the keys; made by the releaser, enrolled here."""

from pathlib import Path
from typing import Annotated, Any

import typer

from normal_world.cli import secret_input
from normal_world.cli.errors import CodeDiffers, UsageInvalid
from normal_world.cli.output import Json, show
from normal_world.cli.programs import secure_world

app = typer.Typer(help="Say which version of the code may use the keys.")

VERSION_MAX = 2**32 - 1
ManifestFile = Annotated[Path, typer.Argument(metavar="FILE", help="The manifest.")]
Tree = Annotated[
    Path | None,
    typer.Option("--tree", metavar="FOLDER", help="Holds the packages; else those that run."),
]


@app.command()
def make(
    release_key: Annotated[
        Path, typer.Option("--release-key", metavar="FILE", help="As `evlock owner new` makes it.")
    ],
    version: Annotated[
        int, typer.Option("--version", min=1, max=VERSION_MAX, help="Counts the releases.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A file that is not there.")],
    floor: Annotated[
        int, typer.Option("--floor", min=0, max=VERSION_MAX, help="No version below it any more.")
    ] = 0,
    tree: Tree = None,
    passphrase_file: secret_input.PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Sign the code of a release, off the meter.

    \b
    Example:
      evlock secure-world manifest make --release-key release.json \\
        --version 3 --tree build/tree --out manifest-3.json
    """
    from normal_world.cli import manifest_file, new_file, owner_keys

    new_file.check("--out", out)
    if floor > version:
        raise UsageInvalid(f"--floor {floor}: at most the version, {version}, expected")
    files = manifest_file.files_of(_tree(tree))
    passphrase = ""
    if owner_keys.is_sealed(release_key):
        passphrase = secret_input.passphrase(
            passphrase_file, None, confirm=False, of=str(release_key)
        )
    made = manifest_file.signed(files, version, floor, release_key, passphrase)
    new_file.write(out, made.to_json())
    told = made.to_json()
    text = f"{out}: version {version}, floor {floor}, {len(files)} files\n{_code(told)}"
    show(told, as_json=as_json, text=f"{text}\nrelease key {made.release}")


@app.command()
def enroll(file: ManifestFile, as_json: Json = False) -> None:
    """Let the version of a manifest use the keys.

    Before it is switched to, by the version that runs. The policy names the release
    key. The version that runs stays enrolled, unless the manifest's floor is above
    it: then until the new one has run once.

    \b
    Example:
      evlock secure-world manifest enroll manifest-3.json
    """
    from normal_world.cli import manifest_file

    made = manifest_file.read(file)
    with secure_world("admin") as client:
        client.enroll_manifest(made.version, made.floor, made.measurement, made.signature)
    told = {key: value for key, value in made.to_json().items() if key != "files"}
    text = f"enrolled: version {made.version}, floor {made.floor}\n{_code(told)}"
    show(told, as_json=as_json, text=text)


@app.command()
def compare(file: ManifestFile, tree: Tree = None, as_json: Json = False) -> None:
    """Show which files are not those of a manifest.

    Exit code 1 if there are any.

    \b
    Example:
      evlock secure-world manifest compare manifest-3.json
    """
    from normal_world.cli import manifest_file

    made, here = manifest_file.read(file), dict(manifest_file.files_of(_tree(tree)))
    listed = dict(made.files)
    told: dict[str, Any] = {
        "version": made.version,
        "files": len(listed),
        "changed": sorted(p for p in listed.keys() & here.keys() if listed[p] != here[p]),
        "missing": sorted(listed.keys() - here.keys()),
        "added": sorted(here.keys() - listed.keys()),
    }
    rows = [f"{word:8}{path}" for word in ("changed", "missing", "added") for path in told[word]]
    text = "\n".join(rows) or f"all {len(listed)} files are those of version {made.version}"
    show(told, as_json=as_json, text=text)
    if rows:
        names = f"{len(rows)} file{'s' * (len(rows) != 1)}"
        raise CodeDiffers(f"{names} differ from those of {file}, the same expected")


def _tree(chosen: Path | None) -> Path:
    from secure_world.protocol import RUNNING_TREE

    return Path(RUNNING_TREE) if chosen is None else chosen


def _code(told: dict[str, Any]) -> str:
    return f"code {told['measurement']}"
