"""A real SMTP server that takes mail and forgets it: Postfix's own smtp-sink."""

from __future__ import annotations

import subprocess
from types import TracebackType
from typing import Self

from tests.servers.process import find_program, free_port, speaks
from tests.system.installation import eventually


class Sink:
    """`with Sink() as sink:` listens on `sink.port`."""

    def __enter__(self) -> Self:
        self.port = free_port()
        program = find_program("smtp-sink", "Postfix's smtp-sink")
        self._process = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{self.port}", "1000"])
        if not eventually(lambda: speaks(self.port, b"220")):
            raise RuntimeError("smtp-sink did not start")
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
