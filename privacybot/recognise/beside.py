"""The recogniser in a process of its own: it reads one batch while the batch before it is stored and answered.

So a worker has use for two processors, and what no program can catch (a crash in native code, the end of memory) ends
this process alone; the next batch begins another. It ends with the pipe from its worker, however that died. Both speak
in pickles, each from the other's own hand.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from privacybot.errors import Unavailable
from privacybot.gdpr.recognition import Recognition

Asked = Sequence[tuple[str, str]]


class RecognitionFailed(Exception):
    """The recogniser broke over a text; the fault of one of the mails that it was given."""


class _Ended(RecognitionFailed):
    """Its process ended over them."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong over there; `cannot_load` says that it has nothing to do with the mails."""

    sentence: str
    cannot_load: bool = False

    def raised(self) -> Exception:
        if self.cannot_load:
            return Unavailable(self.sentence, permanent=True)
        return RecognitionFailed(self.sentence)


_Answer = list[Recognition] | _Failure


class Beside:
    """The recogniser of the pipeline at `path`, from the moment it is made. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._process = self._started()

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        """Let the process end; it would end with ours in any case."""
        with self._lock, self._process as process:
            _open(process.stdin).close()

    def recognise(self, asked: Asked) -> Iterator[Recognition]:
        """One recognition for each (subject, new text), in order. Begins at once; whoever takes the first waits."""
        answer: Future[list[Recognition]] = Future()
        threading.Thread(target=self._answer, args=(list(asked), answer), daemon=True).start()
        return _awaited(answer)

    def _answer(self, asked: Asked, answer: Future[list[Recognition]]) -> None:
        with self._lock:
            try:
                answer.set_result(self._exchange(asked))
            except BaseException as error:
                answer.set_exception(error)

    def _exchange(self, asked: Asked) -> list[Recognition]:
        """Ask, and once more where the process ends over it: somebody else may have ended it."""
        try:
            answer = self._ask(asked)
        except _Ended:
            answer = self._ask(asked)
        if isinstance(answer, _Failure):
            raise answer.raised()
        return answer

    def _ask(self, asked: Asked) -> _Answer:
        if self._process.poll() is not None:
            self._process = self._started()
        try:
            _send(asked, _open(self._process.stdin))
            answer: _Answer = pickle.load(_open(self._process.stdout))  # noqa: S301  (from our own process)
            return answer
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._process.kill()
            raise _Ended(f"The recogniser ended with {self._process.wait()}.") from error

    def _started(self) -> subprocess.Popen[bytes]:
        """In a session of its own: a worker that gets Ctrl-C still needs it for the mails in hand."""
        command = [sys.executable, "-P", "-c", f"from {__name__} import main; main()", str(self._path)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True)  # noqa: S603  (our own)


def _awaited(answer: Future[list[Recognition]]) -> Iterator[Recognition]:
    yield from answer.result()


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101  (Popen was asked for both)
    return pipe


def _send(what: object, pipe: IO[bytes]) -> None:
    pickle.dump(what, pipe)
    pipe.flush()


def main() -> None:
    """Answer until the pipe ends. That the pipeline cannot be loaded is the answer to every question."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # Its worker decides when there is nothing left to read.
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    answer = _answering(Path(sys.argv[1]))
    with suppress(EOFError, BrokenPipeError):
        while True:
            _send(answer(pickle.load(sys.stdin.buffer)), answers)  # noqa: S301  (from our own worker)


def _answering(path: Path) -> Callable[[Asked], _Answer]:
    from privacybot.recognise.pipeline import load

    try:
        recogniser = load(path)
    except Unavailable as error:
        failure = _Failure(str(error), cannot_load=True)
        return lambda _: failure

    def answer(asked: Asked) -> _Answer:
        try:
            return recogniser.recognise(asked)
        except Exception as error:
            return _Failure(type(error).__name__)

    return answer
