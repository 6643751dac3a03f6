"""`make model`: from the corpus and the lexicon to the pipeline in `models/privacy_requests`.

    views          a linear model of sentences, one of whole mails
    combination    fitted on what such models say of authors who were held out from them
    thresholds     from the probabilities that follow, again for authors held out

Nothing is drawn at random: the same corpus and lexicon give the same scores.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import spacy
from spacy.language import Language

from privacybot import shipped
from privacybot.recognise.bands import Thresholds, fit_thresholds
from privacybot.recognise.components import Requests, RequestViews
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import Corpus, read_corpus
from privacybot.recognise.crossvalidation import combined, held_out_probabilities, held_out_scores, learnt
from privacybot.recognise.examples import Example, examples
from privacybot.recognise.features import Reader
from privacybot.recognise.pipeline import THRESHOLDS

NAME, VERSION = "privacy_requests", "1.0.0"


def main() -> None:
    models = shipped.corpus().parent
    arguments = argparse.ArgumentParser(prog="python -m privacybot.recognise.training", description="Train the model.")
    arguments.add_argument("--corpus", type=Path, default=models / "corpus", metavar="FOLDER")
    arguments.add_argument("--lexicon", type=Path, default=models / "lexicon" / "concepts.txt", metavar="FILE")
    arguments.add_argument("--to", type=Path, default=models / NAME, metavar="FOLDER")
    given = arguments.parse_args()
    write(*trained(read_corpus(given.corpus), Lexicon.read(given.lexicon)), given.to)


def trained(corpus: Corpus, lexicon: Lexicon) -> tuple[Language, Thresholds]:
    nlp = untrained()
    read = examples(corpus, nlp, Reader(lexicon))
    scores = held_out_scores(read)
    chosen = [at for at, example in enumerate(read) if example.is_mail]
    mails, scores = [read[at] for at in chosen], [scores[at] for at in chosen]
    views, requests = nlp.get_pipe("request_views"), nlp.get_pipe("requests")
    if not isinstance(views, RequestViews) or not isinstance(requests, Requests):
        raise TypeError("The pipeline has other steps than those trained here.")
    views.reader, views.linears = Reader(lexicon), learnt(read)
    requests.combination = combined(mails, scores, range(len(mails)))
    return nlp, fit_thresholds(held_out_probabilities(mails, scores), targets_of(mails))


def untrained() -> Language:
    nlp = spacy.blank("xx", meta={"name": NAME, "version": VERSION})
    nlp.add_pipe("request_views")
    nlp.add_pipe("requests")
    return nlp


def targets_of(mails: Sequence[Example]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array([mail.target for mail in mails], np.float32)


def write(nlp: Language, thresholds: Thresholds, folder: Path) -> None:
    """The words of the corpus stay out of the pipeline: it needs no vocabulary."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    nlp.to_disk(fresh, exclude=["vocab"])
    (fresh / THRESHOLDS).write_text(json.dumps(thresholds.as_json(), indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


if __name__ == "__main__":
    main()
