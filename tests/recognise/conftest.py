"""The shipped pipeline, loaded once."""

from __future__ import annotations

import pytest

from privacybot import shipped
from privacybot.recognise.pipeline import Recogniser, load


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    return load(shipped.model())
