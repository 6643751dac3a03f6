"""The report in a real browser: on the screen, on a telephone and on paper. Nothing is cut off, nothing is fetched."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from privacybot.edges.report import report
from privacybot.gdpr.deadline import received_on, respond_by
from privacybot.gdpr.rights import Right
from privacybot.gdpr.statistics import CaseRecord, RightRecord, Statistics, statistics_of
from tests.conftest import installed
from tests.servers import NotInstalled

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MEASURE = """
const outside = [];
for (const svg of document.querySelectorAll('svg')) {
  const frame = svg.viewBox.baseVal;
  for (const text of svg.querySelectorAll('text')) {
    const box = text.getBBox();
    if (box.x < -1 || box.y < -1 || box.x + box.width > frame.width + 1 || box.y + box.height > frame.height + 1)
      outside.push(text.textContent);
  }
}
const root = document.documentElement;
const measured = {
  charts: document.querySelectorAll('svg').length,
  bars: [...document.querySelectorAll('svg > rect')].filter(bar => bar.getBoundingClientRect().width > 0).length,
  outside, width: root.scrollWidth, window: root.clientWidth, height: root.scrollHeight,
  font: parseFloat(getComputedStyle(document.querySelector('svg text')).fontSize),
};
document.body.replaceChildren(Object.assign(document.createElement('pre'), {textContent: JSON.stringify(measured)}));
"""


@pytest.fixture(scope="module")
def chromium() -> str:
    return installed(_chromium)  # type: ignore[type-var]


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found
    raise NotInstalled("Chromium is not installed")


def figures(cases: int = 300, first: date = date(2025, 12, 1)) -> Statistics:
    """A busy year by a fixed seed, with late answers and corrections."""
    chance = random.Random(5)  # noqa: S311  (no secret)
    days = (NOW.date() - first).days
    records = [_record(chance, NOW - timedelta(days=chance.random() * days)) for _ in range(cases)]
    arrivals = {"opened a case": cases, "general enquiry": 12345, "ignored": 67} if cases else {}
    return statistics_of(records, arrivals, first, NOW.date(), NOW)


def _record(chance: random.Random, received: datetime) -> CaseRecord:
    rights = [RightRecord(chance.choice(list(Right)), True, chance.random() > 0.1)]
    closed = received + timedelta(days=chance.uniform(0, 45))
    return CaseRecord(
        received_at=received,
        respond_by=respond_by(received_on(received)),
        acknowledged_at=received + timedelta(seconds=chance.uniform(1, 20)),
        closed_at=closed if closed < NOW else None,
        dismissed=chance.random() < 0.05,
        decided=True,
        rights=rights,
    )


def opened(chromium: str, page: str, folder: Path, *, width: int = 1200) -> Any:
    """What the browser makes of the page. Its own rule forbids scripts, so for measuring that rule is taken out."""
    measuring = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    path = folder / f"measured-{width}.html"
    path.write_text(measuring.replace("</body>", f"<script>{MEASURE}</script></body>"), encoding="utf-8")
    said = _run(chromium, folder, f"--window-size={width},1000", "--dump-dom", path.as_uri())
    return json.loads(re.search(r"<pre>(.*)</pre>", said, re.DOTALL).group(1))  # type: ignore[union-attr]


def _run(chromium: str, folder: Path, *arguments: str) -> str:
    quiet = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}",
    )
    done = subprocess.run([chromium, *quiet, *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize("width", [1200, 794, 500])
def test_nothing_is_cut_off_at_any_width(chromium: str, tmp_path: Path, width: int) -> None:
    seen = opened(chromium, report(figures(), "EPM Group ApS"), tmp_path, width=width)
    assert seen["outside"] == []
    assert seen["width"] <= seen["window"]
    assert (seen["charts"], seen["bars"] > 60) == (7, True)


@pytest.mark.parametrize(
    ("first", "cases"),
    [(date(2026, 11, 1), 3), (date(2025, 1, 1), 5000), (date(2021, 1, 1), 9000)],
    ids=["a month", "quarters", "years"],
)
def test_short_and_long_periods_find_room(chromium: str, tmp_path: Path, first: date, cases: int) -> None:
    seen = opened(chromium, report(figures(cases, first), "EPM Group ApS"), tmp_path)
    assert seen["outside"] == []


def test_an_empty_period_is_shown_without_a_fault(chromium: str, tmp_path: Path) -> None:
    page = report(figures(0), "EPM Group ApS")
    assert opened(chromium, page, tmp_path)["charts"] == 6
    assert "nan" not in page.lower().replace("finance", "")


def test_on_paper_it_takes_few_pages_and_keeps_each_chart_whole(chromium: str, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(report(figures(), "EPM Group ApS"), encoding="utf-8")
    paper = tmp_path / "report.pdf"
    _run(chromium, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", (tmp_path / "report.html").as_uri())
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", paper.read_bytes()))
    assert 2 <= pages <= 4
    assert "break-inside: avoid" in report(figures(), "x")


def test_nothing_comes_from_elsewhere_and_no_script_runs(chromium: str, tmp_path: Path) -> None:
    page = report(figures(), "EPM Group ApS")
    assert re.findall(r"<script|\bon\w+=|@import|(?:src|href)=", page) == []
    assert set(re.findall(r"https?://[^\s\"<]+", page)) == {"http://www.w3.org/2000/svg"}
    path = tmp_path / "tampered.html"
    path.write_text(page.replace("</body>", "<script>document.title = 'ran'</script></body>"), encoding="utf-8")
    assert "<title>ran</title>" not in _run(chromium, tmp_path, "--dump-dom", path.as_uri())


def test_a_company_cannot_break_the_page() -> None:
    page = report(figures(0), '<script>alert("x")</script> & Søn')
    assert "<script" not in page
    assert "&amp; Søn" in page
