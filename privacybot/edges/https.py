"""HTTP to sign-in services: bounded in time, and trusting what the configuration says  (requests)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

TIMEOUT_SECONDS = 30.0


class Session(requests.Session):
    """With a `ca_file` only that authority is trusted: requests itself would rather believe REQUESTS_CA_BUNDLE."""

    def __init__(self, ca_file: Path | None) -> None:
        super().__init__()
        if ca_file:
            self.verify = str(ca_file)

    def request(self, *asked: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", TIMEOUT_SECONDS)
        if options.get("verify") is None and self.verify is not True:
            options["verify"] = self.verify
        return super().request(*asked, **options)
