"""Makes text.json: BLEU and chrF of sacreBLEU, error rates of jiwer, MASE by its definition in NumPy."""
import json
import pathlib

import jiwer
import numpy as np
import sacrebleu

PAIRS = [
    ("The cat sat on the mat.", ["The cat is on the mat.", "There is a cat on the mat."]),
    ("It costs 1,234.50 dollars - no more!", ["It costs 1,234.50 dollars, not more.", "That is $1,234.50, no more!"]),
    ("Das ist ein kleiner Test für Übersetzungen", ["Dies ist ein kleiner Test für Übersetzungen.", "Das ist nur ein kleiner Test."]),
    ("state-of-the-art &amp; \"quoted\" text", ["a state-of-the-art & \"quoted\" text", "state of the art text"]),
    ("yes", ["no", "nothing"]),
]
BAD = [("a b", ["c d e f"]), ("the house", ["the horse is here"])]
SPEECH = [("one two three four", "one too three"), ("nine", "nine nine five"), ("zero eight one", "zero eight one"), ("five six", "")]


def translation(pairs):
    hypotheses = [h for h, _ in pairs]
    references = [[r[i] for _, r in pairs] for i in range(len(pairs[0][1]))]
    bleu = sacrebleu.corpus_bleu(hypotheses, references)
    return {"pairs": [{"hypothesis": h, "references": r} for h, r in pairs], "bleu": bleu.score, "precisions": bleu.precisions,
            "brevityPenalty": bleu.bp, "chrf": sacrebleu.corpus_chrf(hypotheses, references).score}


def speech():
    words = jiwer.process_words([r for r, _ in SPEECH], [h for _, h in SPEECH])
    return {"pairs": SPEECH, "wer": words.wer, "edits": [words.substitutions, words.insertions, words.deletions],
            "each": [[jiwer.wer(r, h), jiwer.cer(r, h)] for r, h in SPEECH]}


def forecast():
    rng = np.random.default_rng(4)
    training, actual, predictions = rng.normal(size=30).cumsum(), rng.normal(size=6), rng.normal(size=6)
    scaled = lambda season: float(np.abs(predictions - actual).mean() / np.abs(training[season:] - training[:-season]).mean())
    return {"training": training.tolist(), "actual": actual.tolist(), "predictions": predictions.tolist(), "mase": {s: scaled(s) for s in (1, 7)}}


result = {"translations": [translation(PAIRS), translation(BAD), translation(PAIRS[:1])], "speech": speech(), "forecast": forecast()}
(pathlib.Path(__file__).parent / "text.json").write_text(json.dumps(result, indent=1) + "\n")
