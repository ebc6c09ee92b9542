"""Makes the numbers that libs/core/src/explain is tested against: Grad-CAM and slopes of units by Keras and a GradientTape, for the network of network.json."""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).parent
SIZE = (10, 12)


def flat(array):
    return [float(x) for x in np.asarray(array, dtype=np.float32).ravel()]


def network(stored):
    x = keras.Input((*SIZE, 2))
    layers = [
        keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
        keras.layers.BatchNormalization(epsilon=0.001),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(5, 3, strides=2, padding="same", activation="elu"),
        keras.layers.Conv2D(6, 2, padding="valid", activation=lambda y: keras.ops.leaky_relu(y, 0.2)),
        keras.layers.AveragePooling2D(2, strides=1),
        keras.layers.Flatten(),
        keras.layers.Dense(7, activation="tanh"),
        keras.layers.BatchNormalization(epsilon=0.001),
        keras.layers.Dense(6, activation="sigmoid"),
        keras.layers.Dense(3),
    ]
    y = (x - np.array([0.4, 0.6], np.float32)) / np.array([0.3, 0.2], np.float32)
    outputs = []
    for layer in layers:
        y = layer(y)
        outputs.append(y)
    for at, layer in enumerate(layers):
        prefix = "logits" if at == len(layers) - 1 else f"layers.{at}"
        names = ["kernel", "bias"] if hasattr(layer, "kernel") else ["gamma", "beta", "moving_mean", "moving_variance"]
        values = [stored.get(f"{prefix}.{name}") for name in names]
        if layer.weights:
            layer.set_weights([np.array(v["data"], np.float32).reshape(v["shape"]) for v in values])
    return keras.Model(x, outputs)


def main():
    stored = json.loads((HERE / "network.json").read_text())
    model = network(stored["weights"])
    x = tf.constant(np.array(stored["x"], np.float32).reshape(-1, *SIZE, 2))
    result = {"maps": {}, "slopes": {}, "activations": {}}
    classes = [0, 2, 1, 2]
    result["classes"] = classes
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        outputs = model(x, training=False)
        score = tf.reduce_sum(outputs[-1] * tf.one_hot(classes, 3))
        units = {at: outputs[at][..., 1] for at in (0, 3, 7, 10)}
        means = {at: tf.reduce_mean(unit, axis=list(range(1, len(unit.shape)))) if len(unit.shape) > 1 else unit for at, unit in units.items()}
        sums = {at: tf.reduce_sum(mean) for at, mean in means.items()}
    for at, output in enumerate(outputs[:-1]):
        if len(output.shape) != 4 or output.shape[1] * output.shape[2] < 2:
            continue
        weights = tf.reduce_mean(tape.gradient(score, output), axis=(1, 2), keepdims=True)
        cam = tf.nn.relu(tf.reduce_sum(weights * output, axis=-1, keepdims=True))
        result["maps"][f"layers.{at}"] = flat(tf.image.resize(cam, SIZE, method="bilinear"))
    for at in units:
        name = "logits" if at == 10 else f"layers.{at}"
        result["slopes"][name] = {"channel": 1, "value": flat(means[at]), "slope": flat(tape.gradient(sums[at], x))}
        result["activations"][name] = flat(outputs[at])
    (HERE / "explain.json").write_text(json.dumps(result) + "\n")


main()
