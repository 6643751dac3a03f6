"""`make model`: from the corpus and the lexicon to the pipeline in `models/privacy_requests`.

    views          a network of sentences, one of whole mails
    combination    fitted on what such models say of authors who were held out from them
    thresholds     from the probabilities that follow, again for authors held out

What is drawn at random has a seed: the same corpus and lexicon give the same scores. Figures for the authors held out
are printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from spacy.language import Language

from privacybot import shipped
from privacybot.recognise.bands import Thresholds, fit_thresholds
from privacybot.recognise.components import NAME, Requests, RequestViews, blank
from privacybot.recognise.concepts import Lexicon
from privacybot.recognise.corpus import Corpus, read_corpus
from privacybot.recognise.crossvalidation import (
    combined,
    groups_of,
    held_out_probabilities,
    held_out_scores,
    learnt,
)
from privacybot.recognise.examples import lessons, targets_of
from privacybot.recognise.features import Reader
from privacybot.recognise.figures import evidence_share, report
from privacybot.recognise.pipeline import THRESHOLDS


def main() -> None:
    models = shipped.corpus().parent
    arguments = argparse.ArgumentParser(prog="python -m privacybot.recognise.training", description="Train the model.")
    arguments.add_argument("--corpus", type=Path, default=models / "corpus", metavar="FOLDER")
    arguments.add_argument("--lexicon", type=Path, default=models / "lexicon" / "concepts.txt", metavar="FILE")
    arguments.add_argument("--to", type=Path, default=models / NAME, metavar="FOLDER")
    given = arguments.parse_args()
    write(*trained(read_corpus(given.corpus), Lexicon.read(given.lexicon)), given.to)


def trained(corpus: Corpus, lexicon: Lexicon) -> tuple[Language, Thresholds]:
    nlp = blank()
    read = lessons(corpus, nlp, lexicon)
    held_out = held_out_scores(read, groups_of(read))
    mails, scores = [read[at] for at in held_out], list(held_out.values())
    views, requests = nlp.get_pipe("request_views"), nlp.get_pipe("requests")
    if not isinstance(views, RequestViews) or not isinstance(requests, Requests):
        raise TypeError("The pipeline has other steps than those trained here.")
    views.reader, views.networks = Reader(lexicon), learnt(read)
    requests.combination = combined(mails, scores, range(len(mails)))
    chances = held_out_probabilities(mails, scores)
    thresholds = fit_thresholds(chances, targets_of(mails))
    print(report(mails, chances, thresholds))
    print(f"evidence is what a person marked: {evidence_share(mails, scores):.3f}")
    return nlp, thresholds


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
