"""Runs the steps of the Dockerfile beside it one by one, each stage in a fresh root, where no container can be built.

    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm ROOT
    sudo python3 packaging/try_dockerfile.py ROOT SCRATCH

A stage is a copy of ROOT in SCRATCH, and each RUN happens inside it (chroot) under the stage's environment and user. At
the end the entry point answers --help and shows the demo, as the image's own user.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).parent.parent
FROM_HERE = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt")
"""How this machine reaches its package index: no part of the image."""


@dataclass
class Stage:
    """A root folder, and what later steps in it start from."""

    root: Path
    environment: dict[str, str]
    folder: str = "/"
    user: str = "root"
    entry: list[str] = field(default_factory=list)

    def run(self, command: list[str]) -> None:
        inside = f"cd {shlex.quote(self.folder)} && exec {shlex.join(command)}"
        subprocess.run(
            ["chroot", f"--userspec={self.user}", str(self.root), "/bin/sh", "-c", inside],
            env=self.environment,
            check=True,
        )

    def place(self, path: str) -> Path:
        return self.root / (Path(self.folder) / path).relative_to("/")


def main(base: Path, scratch: Path) -> None:
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for word, rest in instructions((TOP / "packaging" / "Dockerfile").read_text(encoding="utf-8")):
        print(f"--- {word} {rest[:110]}", flush=True)
        if word == "FROM":
            name = rest.split(" AS ")[1] if " AS " in rest else "image"
            stage = stages[name] = begun(base, scratch / name)
        elif stage is not None:
            step(stage, word, rest, stages)
    assert stage is not None
    for arguments in (["--help"], ["demo"]):
        print(f"--- {shlex.join([*stage.entry, *arguments])}, as {stage.user}", flush=True)
        stage.run([*stage.entry, *arguments])


def begun(base: Path, root: Path) -> Stage:
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "--archive", str(base), str(root)], check=True)
    for name in FROM_HERE:
        if Path(name).exists():
            shutil.copyfile(name, root / name.lstrip("/"))
    passed_on = {key: value for key, value in os.environ.items() if key.lower().endswith("_proxy") or key[:4] == "PIP_"}
    return Stage(root, {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root", **passed_on})


def step(stage: Stage, word: str, rest: str, stages: dict[str, Stage]) -> None:
    match word:
        case "ENV":
            for pair in shlex.split(rest):
                name, _, value = pair.partition("=")
                stage.environment[name] = value.replace("$PATH", stage.environment["PATH"])
        case "WORKDIR":
            stage.folder = rest
            stage.place("").mkdir(parents=True, exist_ok=True)
        case "COPY":
            copy(stage, rest.split(), stages)
        case "RUN":
            stage.run(["/bin/sh", "-c", rest])
        case "USER":
            stage.user, stage.environment["HOME"] = rest, "/var/lib/privacybot"
        case "ENTRYPOINT":
            stage.entry = json.loads(rest)


def copy(stage: Stage, words: list[str], stages: dict[str, Stage]) -> None:
    source = stages[words.pop(0).removeprefix("--from=")].root if words[0].startswith("--from=") else TOP
    *names, target = words
    for name in names:
        found, goal = source / name.lstrip("/"), stage.place(target)
        goal.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, goal, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(found, goal)


def instructions(text: str) -> list[tuple[str, str]]:
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ").splitlines()
    return [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
