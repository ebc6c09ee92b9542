"""Makes the numbers that libs/core is tested against, from Keras, scikit-learn and safetensors."""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import save
from sklearn import metrics

HERE = pathlib.Path(__file__).parent


def write(name, value, indent=1):
    (HERE / name).write_text(json.dumps(value, indent=indent) + "\n")


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


def short(array):
    """As flat, in the nine digits that a float32 needs."""
    return [float(f"{x:.9g}") for x in flat(array)]


def draw(rng, shape):
    return rng.normal(size=shape).astype(np.float32)


def differentiate(function, inputs, dy):
    """The outputs, and the gradients of their product with dy."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = function(*inputs)
    return y, [tf.convert_to_tensor(g) for g in tape.gradient(y, inputs, output_gradients=tf.constant(dy))]


def layers():
    """Each layer in training: its output for given weights, and the gradients by input and weights of the product with dy."""
    keras.utils.set_random_seed(6)
    rng = np.random.default_rng(6)
    k = keras.layers
    kernel = ["kernel", "bias"]
    image = (2, 5, 6, 2)
    cases = {
        "dense": ((4, 5), k.Dense(3), kernel),
        "denseOverTime": ((2, 3, 5), k.Dense(4, activation="tanh"), kernel),
        "conv1d": ((2, 9, 3), k.Conv1D(4, 3, padding="same", strides=2), kernel),
        "conv1dCausal": ((2, 9, 3), k.Conv1D(4, 3, padding="causal", dilation_rate=2), kernel),
        "conv1dTranspose": ((2, 5, 3), k.Conv1DTranspose(4, 4, padding="same", strides=2), kernel),
        "conv2d": (image, k.Conv2D(4, 3, padding="valid"), kernel),
        "conv2dStrided": (image, k.Conv2D(4, 3, padding="same", strides=2), kernel),
        "conv2dDilated": (image, k.Conv2D(4, 3, padding="same", dilation_rate=2), kernel),
        "conv2dTranspose": (image, k.Conv2DTranspose(4, 4, padding="same", strides=2), kernel),
        "conv2dTransposeValid": (image, k.Conv2DTranspose(4, 3, padding="valid", strides=2), kernel),
        "conv3d": ((2, 3, 4, 5, 2), k.Conv3D(3, 3, padding="same", strides=2), kernel),
        "conv3dTranspose": ((2, 2, 3, 2, 3), k.Conv3DTranspose(2, 3, padding="same", strides=2), kernel),
        "depthwiseConv2d": (image, k.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), kernel),
        "separableConv2d": (image, k.SeparableConv2D(4, 3, padding="same"), ["depthwise.kernel", "pointwise.kernel", "pointwise.bias"]),
        "batchNormalization": (image, k.BatchNormalization(momentum=0.9, epsilon=0.01), ["gamma", "beta", "moving_mean", "moving_variance"]),
        "batchNormalizationOfVectors": ((6, 4), k.BatchNormalization(), ["gamma", "beta", "moving_mean", "moving_variance"]),
        "layerNormalization": ((3, 2, 8), k.LayerNormalization(), ["gamma", "beta"]),
        "embedding": ((2, 5), k.Embedding(6, 3), ["embeddings"]),
        "maxPool2d": (image, k.MaxPooling2D(2), []),
        "maxPool2dSame": (image, k.MaxPooling2D(3, strides=2, padding="same"), []),
        "averagePool2d": (image, k.AveragePooling2D(2), []),
        "averagePool2dSame": (image, k.AveragePooling2D(3, strides=2, padding="same"), []),
        "globalAveragePool": (image, k.GlobalAveragePooling2D(), []),
        "flatten": (image, k.Flatten(), []),
        "upsample2d": ((2, 3, 2, 3), k.UpSampling2D(2), []),
        **{name: ((4, 5), k.Activation(f), []) for name, f in {
            "relu": "relu", "leakyRelu": lambda x: keras.ops.leaky_relu(x, 0.2), "elu": "elu", "tanh": "tanh", "sigmoid": "sigmoid",
            "gelu": lambda x: keras.ops.gelu(x, approximate=False), "softplus": "softplus"}.items()},
    }
    result = {}
    for name, (shape, layer, names) in cases.items():
        integers = name == "embedding"
        x = rng.integers(0, 6, size=shape).astype(np.int32) if integers else draw(rng, shape)
        layer.build(shape)
        given = dict(zip(names, layer.weights))
        for n, v in given.items():
            v.assign(np.abs(draw(rng, v.shape)) + 0.5 if n == "moving_variance" else draw(rng, v.shape) * 0.5)
        weights = {n: {"shape": list(v.shape), "data": short(v)} for n, v in given.items()}
        trainable = [(n, v) for n, v in given.items() if v.trainable]
        with tf.GradientTape() as tape:
            inputs = tf.constant(x)
            tape.watch(inputs)
            y = layer(inputs, training=True)
            dy = draw(rng, y.shape)
            total = tf.reduce_sum(y * dy)
        dx, *dw = tape.gradient(total, [inputs, *(v.value for _, v in trainable)])
        dw = [tf.convert_to_tensor(g) for g in dw]
        result[name] = {
            "x": {"shape": list(shape), "data": x.ravel().tolist() if integers else short(x)}, "dy": {"shape": list(y.shape), "data": short(dy)},
            "weights": weights, "y": short(y), "gradients": {**({} if integers else {"x": short(dx)}), **{n: short(g) for (n, _), g in zip(trainable, dw)}},
            "statistics": {n: short(v) for n, v in given.items() if not v.trainable},
        }
    return result


def losses():
    """Losses of each example, and the gradients of their product with dy."""
    rng = np.random.default_rng(8)
    loss = keras.losses
    none = {"reduction": None}
    labels = np.array([2, 0, 4, 1], dtype=np.int32)
    target, chance, dy = draw(rng, (4, 5)), rng.uniform(size=(4, 5)).astype(np.float32), draw(rng, (4,))
    pair = [draw(rng, (4, 5)) * 2]
    cases = {
        "softmaxCrossEntropy": (lambda p: loss.SparseCategoricalCrossentropy(from_logits=True, **none)(labels, p), pair),
        "meanSquaredError": (lambda p: loss.MeanSquaredError(**none)(target, p), pair),
        "meanAbsoluteError": (lambda p: loss.MeanAbsoluteError(**none)(target, p), pair),
        "huber": (lambda p: loss.Huber(delta=0.7, **none)(target, p), pair),
        "binaryCrossEntropyWithLogits": (lambda p: loss.BinaryCrossentropy(from_logits=True, **none)(chance, p), pair),
        "gaussianKl": (lambda m, v: -0.5 * tf.reduce_sum(1 + v - m * m - tf.exp(v), axis=1), [draw(rng, (4, 5)), draw(rng, (4, 5))]),
    }
    result = {"labels": labels.tolist(), "target": short(target), "chance": short(chance), "dy": short(dy), "shape": [4, 5], "cases": {}}
    for name, (function, inputs) in cases.items():
        y, gradients = differentiate(function, [tf.constant(i) for i in inputs], dy)
        result["cases"][name] = {"inputs": [short(i) for i in inputs], "y": short(y), "gradients": [short(g) for g in gradients]}
    return result


def penalty():
    """The gradient penalty of a critic, and its gradients by the weights: second derivatives of every layer."""
    keras.utils.set_random_seed(9)
    rng = np.random.default_rng(9)
    k = keras.layers
    critic = keras.Sequential([
        keras.Input((8, 8, 1)),
        k.Conv2D(4, 3, strides=2, padding="same", activation=lambda x: keras.ops.leaky_relu(x, 0.2)),
        k.Conv2D(6, 2, padding="valid", activation="tanh"),
        k.AveragePooling2D(2, strides=1),
        k.Flatten(),
        k.Dense(5, activation="elu"),
        k.Dense(1),
    ])
    x = draw(rng, (3, 8, 8, 1))
    weights = [v for v in critic.trainable_variables]
    for v in weights:
        v.assign(draw(rng, v.shape) * 0.4)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            images = tf.constant(x)
            inner.watch(images)
            score = tf.reduce_sum(critic(images, training=True))
        norm = tf.sqrt(tf.reduce_sum(inner.gradient(score, images) ** 2, axis=[1, 2, 3]))
        value = tf.reduce_mean((norm - 1) ** 2)
    gradients = outer.gradient(value, [v.value for v in weights], unconnected_gradients="zero")
    return {"x": short(x), "weights": [short(v) for v in weights], "penalty": float(value), "gradients": [short(g) for g in gradients]}


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
write("layers.json", layers(), None)
write("losses.json", losses(), None)
write("penalty.json", penalty(), None)
write("classification.json", classification())
(HERE / "reference.safetensors").write_bytes(safetensors_bytes())
