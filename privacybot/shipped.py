"""Where the things lie that come with privacybot: beside the code in an installed package, above it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "shipped"
_CHECKOUT = _PACKAGE.parent


def templates() -> Path:
    return _first(_INSTALLED / "templates", _CHECKOUT / "templates")


def model() -> Path:
    return _first(_INSTALLED / "model", _CHECKOUT / "models" / "privacy_requests")


def config() -> Path:
    return _first(_INSTALLED / "config.toml", _CHECKOUT / "config.toml")


def corpus() -> Path:
    """The training corpus, which only a checkout has."""
    return _CHECKOUT / "models" / "corpus"


def _first(*places: Path) -> Path:
    return next((place for place in places if place.exists()), places[-1])
