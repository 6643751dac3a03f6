"""What is shipped: a wheel that needs no checkout, a unit that may do little, and files that agree with one another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from privacybot import shipped

pytestmark = pytest.mark.system

TOP = Path(__file__).parent.parent.parent
PACKAGING = TOP / "packaging"
LOCKED = re.compile(r"^([a-z0-9][\w.-]*)==(\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, where pip would put them."""
    if not (shipped.model() / "meta.json").exists():
        pytest.skip("There is no pipeline yet: make model")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=TOP,
        check=True,
        capture_output=True,
    )
    [wheel] = folder.glob("*.whl")
    with ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def run(unpacked: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed program, started elsewhere and without a configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACYBOT")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_wheel_holds_templates_model_and_configuration(unpacked: Path, tmp_path: Path) -> None:
    ask = "from privacybot import shipped as s; print(s.templates(), s.model(), s.config(), sep='\\n')"
    places = run(unpacked, tmp_path, "-c", ask).stdout.splitlines()
    assert [Path(place).is_relative_to(unpacked) for place in places] == [True, True, True]
    assert [Path(place).exists() for place in places] == [True, True, True]


def test_the_wheel_shows_the_demo_from_any_folder_and_leaves_nothing_there(unpacked: Path, tmp_path: Path) -> None:
    shown = run(unpacked, tmp_path, "-m", "privacybot", "demo")
    assert shown.returncode == 0, shown.stderr
    assert "What next" in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_an_installation_holds_the_versions_that_were_tested() -> None:
    tested = dict(LOCKED.findall((TOP / "requirements.lock").read_text(encoding="utf-8")))
    installed = dict(LOCKED.findall((PACKAGING / "requirements.lock").read_text(encoding="utf-8")))
    assert installed.items() <= tested.items()
    assert not {"pytest", "mypy", "ruff"} & installed.keys()
    wanted = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {re.split(r"[\[<>=]", name)[0].replace(".", "-") for name in wanted} <= {
        name.replace(".", "-") for name in installed
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_exposed_to_little() -> None:
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(PACKAGING / "privacybot.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout.splitlines()[-1]


def test_every_file_that_the_image_copies_is_let_in() -> None:
    let_in = {line[1:] for line in (TOP / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (PACKAGING / "Dockerfile").read_text(), re.MULTILINE)
    assert {name for names in copied for name in names.split()} == let_in
    assert all((TOP / name).exists() for name in let_in - {"models/privacy_requests"})


def test_health_is_asked_at_the_port_that_the_compose_file_names() -> None:
    ports = {
        re.search(pattern, (PACKAGING / name).read_text())[1]  # type: ignore[index]
        for name, pattern in (
            ("Dockerfile", r"127\.0\.0\.1:(\d+)/healthz"),
            ("compose.yaml", r"\[operation\] port = (\d+)"),
        )
    }
    assert len(ports) == 1
