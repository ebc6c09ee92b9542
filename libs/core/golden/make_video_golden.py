"""Makes video.json: the forward pass, loss and gradients of networks over clips, by Keras. Needs tensorflow-cpu==2.21.0."""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

SHAPE = (6, 9, 8, 2)
L = keras.layers


def flat(array):
    return [float(f"{x:.9g}") for x in np.asarray(array, dtype=np.float32).ravel()]


def conv3d():
    return {
        "blocks.0": [L.Conv3D(4, 3, padding="same", use_bias=False), L.BatchNormalization(momentum=0.99, epsilon=0.001), L.ReLU()],
        "pool.0": [L.MaxPooling3D((1, 2, 2))],
        "blocks.1": [L.Conv3D(5, 3, padding="same", use_bias=False), L.BatchNormalization(momentum=0.99, epsilon=0.001), L.ReLU()],
        "pool.1": [L.MaxPooling3D((2, 2, 2)), L.GlobalAveragePooling3D()],
        "logits": [L.Dense(3)],
    }


def frames():
    def change(x):
        before = keras.ops.concatenate([x[:, :1], x[:, :-1]], axis=1)
        return keras.ops.concatenate([x, x - before], axis=-1)

    each = L.TimeDistributed
    return {
        "change": [L.Lambda(change, output_shape=(6, 9, 8, 4))],
        "blocks.0": [each(L.Conv2D(4, 3, padding="same", activation="relu"))],
        "pool.0": [each(L.MaxPooling2D(2))],
        "blocks.1": [each(L.Conv2D(5, 3, padding="same", activation="relu"))],
        "pool.1": [each(L.MaxPooling2D(2)), each(L.GlobalAveragePooling2D())],
        "temporal.0": [L.Conv1D(5, 3, padding="same", activation="relu")],
        "pool": [L.GlobalAveragePooling1D()],
        "logits": [L.Dense(3)],
    }


def case(named):
    keras.utils.set_random_seed(5)
    layers = [layer for group in named.values() for layer in group]
    model = keras.Sequential([keras.Input(SHAPE), L.Normalization(mean=[0.4, 0.6], variance=[0.09, 0.04]), *layers])
    rng = np.random.default_rng(3)
    for variable in model.trainable_variables:
        variable.assign(variable + rng.normal(scale=0.2, size=variable.shape).astype(np.float32))
    x = rng.uniform(size=(3, *SHAPE)).astype(np.float32)
    y = np.array([2, 0, 1], dtype=np.int32)
    weights = [(f"{name}.{v.name}", v) for name, group in named.items() for layer in group for v in layer.weights]
    stored = {name: {"shape": list(v.shape), "data": flat(v)} for name, v in weights}
    inference = model(x, training=False).numpy()
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    trainable = [(name, v) for name, v in weights if v.trainable]
    gradients = tape.gradient(loss, [v.value for _, v in trainable])
    return {
        "x": flat(x), "y": y.tolist(), "weights": stored, "logits": flat(inference), "loss": float(loss), "trainingLogits": flat(logits),
        "gradients": {name: flat(g) for (name, _), g in zip(trainable, gradients)},
    }


if __name__ == "__main__":
    result = {"conv3d": case(conv3d()), "frames": case(frames())}
    (pathlib.Path(__file__).parent / "video.json").write_text(json.dumps(result) + "\n")
