"""Makes cnn-targets.json: losses against weighted, smoothed targets, temperatures and metrics of many labels, from SciPy and scikit-learn."""
import json
import pathlib

import numpy as np
from scipy import optimize, special
from sklearn import metrics

HERE = pathlib.Path(__file__).parent


def short(array):
    return [float(f"{x:.9g}") for x in np.asarray(array, dtype=np.float32).ravel()]


def exact(array):
    """The float32 numbers that the JSON will hold, as doubles."""
    return np.array(short(array)).astype(np.float32).astype(np.float64)


def weighted(rng):
    """Cross entropy as PyTorch defines it with class weights w and smoothing e: sum over k of w[k] ((1 - e) [k = y] + e / K) (-log p[k])."""
    batch, classes, smoothing = 6, 4, 0.1
    logits = exact(rng.normal(scale=2, size=(batch, classes))).reshape(batch, classes)
    labels, weights = rng.integers(0, classes, size=batch), exact([0.5, 2, 1, 3])
    targets = weights * ((1 - smoothing) * np.eye(classes)[labels] + smoothing / classes)
    loss = lambda z: -(targets * special.log_softmax(z.reshape(batch, classes), axis=1)).sum(axis=1)
    gradient = np.array([optimize.approx_fprime(logits.ravel(), lambda z, row=row: loss(z)[row], 1e-7) for row in range(batch)]).sum(axis=0)
    return {"logits": short(logits), "labels": labels.tolist(), "weights": weights.tolist(), "smoothing": smoothing,
            "loss": loss(logits).tolist(), "gradient": gradient.tolist()}


def calibration_error(probabilities, labels):
    confidence, hit = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, 16)
    return float(sum(abs(confidence[m].mean() - hit[m].mean()) * m.mean()
                     for low, high in zip(edges[:-1], edges[1:]) if (m := (confidence > low) & (confidence <= high)).any()))


def temperature(rng, sharpness):
    """Labels drawn from softmax(z), and logits that are too sharp (or too flat) by a factor: the best temperature is near it."""
    count, classes = 800, 5
    z = rng.normal(scale=1.5, size=(count, classes))
    labels = np.array([rng.choice(classes, p=special.softmax(row)) for row in z])
    logits = exact(z * sharpness).reshape(count, classes)
    loss = lambda log_t: metrics.log_loss(labels, special.softmax(logits / np.exp(log_t), axis=1), labels=range(classes))
    best = float(np.exp(optimize.minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-9}).x))
    return {"classes": classes, "logits": short(logits), "labels": labels.tolist(), "temperature": best,
            "lossBefore": loss(0), "lossAfter": loss(np.log(best)),
            "errorBefore": calibration_error(special.softmax(logits, axis=1), labels),
            "errorAfter": calibration_error(special.softmax(logits / best, axis=1), labels)}


def labels(rng):
    """Ninety examples of five labels, one of which never occurs and one of which is never predicted; some scores are equal."""
    count, width = 90, 5
    truth = (rng.uniform(size=(count, width)) < [0.5, 0.2, 0.1, 0.3, 0]).astype(int)
    logits = np.round(rng.normal(scale=1.5, size=(count, width)) + 1.2 * truth - 0.4, 1)
    logits[:, 3] = -np.abs(logits[:, 3]) - 0.1
    logits = exact(logits).reshape(count, width)
    predicted = (logits >= 0).astype(int)
    p, r, f, s = metrics.precision_recall_fscore_support(truth, predicted, zero_division=0)
    ap = [float(metrics.average_precision_score(truth[:, k], logits[:, k])) if truth[:, k].any() else None for k in range(width)]
    return {"labels": width, "logits": short(logits), "truth": truth.ravel().tolist(),
            "perLabel": [{"precision": a, "recall": b, "f1": c, "support": int(d), "averagePrecision": e} for a, b, c, d, e in zip(p, r, f, s, ap)],
            "meanAveragePrecision": float(np.mean([e for e in ap if e is not None])),
            "microF1": float(metrics.f1_score(truth, predicted, average="micro")),
            "exactMatch": float(metrics.accuracy_score(truth, predicted)),
            "loss": float(np.mean(np.logaddexp(0, logits) - logits * truth))}


def numbers(rng):
    count, width = 40, 3
    target = exact(rng.normal(loc=[0, 5, -2], scale=[1, 3, 0.2], size=(count, width))).reshape(count, width)
    prediction = exact(target + rng.normal(scale=0.4, size=(count, width))).reshape(count, width)
    columns = [{"mae": metrics.mean_absolute_error(target[:, k], prediction[:, k]), "rmse": metrics.root_mean_squared_error(target[:, k], prediction[:, k]),
                "r2": metrics.r2_score(target[:, k], prediction[:, k])} for k in range(width)]
    return {"width": width, "target": short(target), "prediction": short(prediction), "perNumber": columns,
            "mae": metrics.mean_absolute_error(target, prediction), "rmse": float(np.sqrt(metrics.mean_squared_error(target, prediction)))}


rng = np.random.default_rng(12)
value = {"weighted": weighted(rng), "sharp": temperature(rng, 2.5), "flat": temperature(rng, 0.4), "labels": labels(rng), "numbers": numbers(rng)}
(HERE / "cnn-targets.json").write_text(json.dumps(value) + "\n")
