"""Makes the numbers that libs/core is tested against, from Keras, scikit-learn and safetensors."""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import save
from sklearn import metrics

HERE = pathlib.Path(__file__).parent


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1) + "\n")


def flat(array):
    return [float(x) for x in np.asarray(array, dtype=np.float32).ravel()]


def optimizers():
    """Weights after each of five steps with given gradients, and a learning rate that changes from step to step."""
    rng = np.random.default_rng(11)
    start = [rng.normal(size=(3, 2)).astype(np.float32), rng.normal(size=(2,)).astype(np.float32)]
    gradients = [[rng.normal(size=w.shape).astype(np.float32) for w in start] for _ in range(5)]
    # Keras folds the rate into the momentum: only a constant rate compares there.
    constant, varying = [0.05] * 5, [0.05, 0.1, 0.02, 0.04, 0.01]
    cases = {
        "sgd": (keras.optimizers.SGD(), varying),
        "momentum": (keras.optimizers.SGD(momentum=0.9), constant),
        "nesterov": (keras.optimizers.SGD(momentum=0.9, nesterov=True), constant),
        "rmsprop": (keras.optimizers.RMSprop(), varying),
        "adam": (keras.optimizers.Adam(), varying),
        "adamw": (keras.optimizers.AdamW(weight_decay=0.1), varying),
    }
    result = {"start": [flat(w) for w in start], "shapes": [w.shape for w in start],
              "gradients": [[flat(g) for g in step] for step in gradients], "cases": {}}
    for name, (optimizer, rates) in cases.items():
        weights = [keras.Variable(w, name=n) for w, n in zip(start, ["kernel", "bias"])]
        if name == "adamw":
            # Quartet decays kernels only.
            optimizer.exclude_from_weight_decay(var_names=["bias"])
        optimizer.build(weights)
        steps = []
        for rate, step in zip(rates, gradients):
            optimizer.learning_rate = rate
            optimizer.apply(step)
            steps.append([flat(w) for w in weights])
        result["cases"][name] = {"rates": rates, "steps": steps}
    clipped = [tf.constant(g) for g in gradients[0]]
    result["clip"] = {
        "value": [flat(tf.clip_by_value(g, -0.5, 0.5)) for g in clipped],
        "norm": [flat(tf.clip_by_norm(g, 0.7)) for g in clipped],
        "globalNorm": [flat(g) for g in tf.clip_by_global_norm(clipped, 0.9)[0]],
    }
    return result


def network():
    """Forward pass, loss and gradients of a network with every kind of layer but dropout, in training and inference."""
    keras.utils.set_random_seed(5)
    layers = [
        keras.layers.Normalization(mean=[0.4, 0.6], variance=[0.09, 0.04]),
        keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
        keras.layers.BatchNormalization(momentum=0.99, epsilon=0.001),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(5, 3, strides=2, padding="same", activation="elu"),
        keras.layers.Conv2D(6, 2, padding="valid", activation=lambda x: keras.ops.leaky_relu(x, 0.2)),
        keras.layers.AveragePooling2D(2, strides=1),
        keras.layers.Flatten(),
        keras.layers.Dense(7, activation="tanh"),
        keras.layers.BatchNormalization(momentum=0.99, epsilon=0.001),
        keras.layers.Dense(6, activation="sigmoid"),
        keras.layers.Dense(3),
    ]
    model = keras.Sequential([keras.Input((10, 12, 2)), *layers])
    rng = np.random.default_rng(3)
    for variable in model.trainable_variables:
        variable.assign(variable + rng.normal(scale=0.2, size=variable.shape).astype(np.float32))
    x = rng.uniform(size=(4, 10, 12, 2)).astype(np.float32)
    y = np.array([2, 0, 1, 2], dtype=np.int32)
    names = {1: "layers.0", 2: "layers.1", 4: "layers.3", 5: "layers.4", 8: "layers.7", 9: "layers.8", 10: "layers.9", 11: "logits"}
    named = [(f"{names[i]}.{v.name}", v) for i, layer in enumerate(layers) if i in names for v in layer.weights]
    weights = {n: {"shape": list(v.shape), "data": flat(v)} for n, v in named}
    inference = model(x, training=False).numpy()
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    trainable = [(n, v) for n, v in named if v.trainable]
    gradients = tape.gradient(loss, [v.value for _, v in trainable])
    after = {n: flat(v) for n, v in named if "moving" in n}
    return {"x": flat(x), "y": y.tolist(), "weights": weights, "logits": flat(inference), "loss": float(loss),
            "trainingLogits": flat(logits), "gradients": {n: flat(g) for (n, _), g in zip(trainable, gradients)}, "moving": after}


def classification():
    """Metrics of 200 examples of 7 classes, of which the last occurs in neither labels nor predictions."""
    rng = np.random.default_rng(4)
    classes, count = 7, 200
    logits = rng.normal(scale=2, size=(count, classes)).astype(np.float32)
    labels = rng.integers(0, classes - 1, size=count)
    logits[np.arange(count), labels] += 1.5
    logits[:, -1] = -30
    exact = logits.astype(np.float64)
    shifted = exact - exact.max(axis=1, keepdims=True)
    probabilities = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    predicted = logits.argmax(axis=1)
    every = list(range(classes))
    p, r, f, s = metrics.precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0)
    macro = metrics.precision_recall_fscore_support(labels, predicted, average="macro", zero_division=0)
    confidence, hit = probabilities.max(axis=1), predicted == labels
    edges = np.linspace(0, 1, 16)
    ece = sum(
        abs(confidence[m].mean() - hit[m].mean()) * m.mean()
        for low, high in zip(edges[:-1], edges[1:]) if (m := (confidence > low) & (confidence <= high)).any())
    return {"classes": classes, "logits": flat(logits), "labels": labels.tolist(),
            "loss": metrics.log_loss(labels, probabilities, labels=every),
            "accuracy": metrics.accuracy_score(labels, predicted),
            "top5": metrics.top_k_accuracy_score(labels, probabilities, k=5, labels=every),
            "confusion": metrics.confusion_matrix(labels, predicted, labels=every).tolist(),
            "perClass": [{"precision": a, "recall": b, "f1": c, "support": int(d)} for a, b, c, d in zip(p, r, f, s)],
            "macro": {"precision": macro[0], "recall": macro[1], "f1": macro[2]}, "calibrationError": float(ece)}


def safetensors_bytes():
    return save({
        "b.kernel": np.arange(6, dtype=np.float32).reshape(2, 3) / 7,
        "a.mask": np.array([True, False, True]),
        "count": np.array(-5, dtype=np.int32),
        "image": np.array([[1, 2], [254, 255]], dtype=np.uint8),
        "empty": np.zeros((0, 4), dtype=np.float32),
    }, metadata={"format": "quartet"})


write("optimizers.json", optimizers())
write("network.json", network())
write("classification.json", classification())
(HERE / "reference.safetensors").write_bytes(safetensors_bytes())
