"""Makes cnn-blocks.json: the blocks of residual and depthwise-separable networks, from Keras."""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).parent
K = keras.layers


def short(array):
    return [float(f"{x:.9g}") for x in np.asarray(array, dtype=np.float32).ravel()]


def norm():
    return K.BatchNormalization(momentum=0.99, epsilon=0.001)


class Builder:
    """Keras layers by the names that Quartet gives their weights."""

    def __init__(self):
        self.named = []

    def __call__(self, name, layer, x):
        self.named.append((name, layer))
        return layer(x)

    def residual(self, name, x, filters, stride):
        y = self(f"{name}.conv1", K.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False), x)
        y = K.ReLU()(self(f"{name}.norm1", norm(), y))
        y = self(f"{name}.conv2", K.Conv2D(filters, 3, padding="same", use_bias=False), y)
        y = self(f"{name}.norm2", norm(), y)
        if stride != 1 or x.shape[-1] != filters:
            x = self(f"{name}.shortcut", K.Conv2D(filters, 1, strides=stride, padding="same", use_bias=False), x)
            x = self(f"{name}.shortcutNorm", norm(), x)
        return K.ReLU()(K.Add()([x, y]))

    def separable(self, name, x, filters, stride):
        y = self(f"{name}.depthwise", K.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False), x)
        y = K.ReLU()(self(f"{name}.norm1", norm(), y))
        y = self(f"{name}.pointwise", K.Conv2D(filters, 1, use_bias=False), y)
        return K.ReLU()(self(f"{name}.norm2", norm(), y))


def main():
    keras.utils.set_random_seed(9)
    rng = np.random.default_rng(9)
    b = Builder()
    given = keras.Input((9, 8, 2))
    x = b("layers.0", K.Conv2D(4, 3, padding="same", use_bias=False), given)
    x = K.ReLU()(b("layers.1", norm(), x))
    x = b.residual("layers.3", x, 4, 1)
    x = b.residual("layers.4", x, 6, 2)
    x = b.separable("layers.5", x, 5, 2)
    x = b("layers.6", K.DepthwiseConv2D(3, padding="same", activation="tanh"), x)
    x = b("layers.7", K.SeparableConv2D(4, 3, padding="same", activation="elu"), x)
    x = K.GlobalAveragePooling2D()(x)
    model = keras.Model(given, b("logits", K.Dense(3), x))
    # Quartet's names of the two kernels of a separable convolution.
    rename = {"layers.7.depthwise_kernel": "layers.7.depthwise.kernel", "layers.7.pointwise_kernel": "layers.7.pointwise.kernel",
              "layers.7.bias": "layers.7.pointwise.bias"}
    named = [(rename.get(full, full), v) for name, layer in b.named for v in layer.weights for full in [f"{name}.{v.name}"]]
    for _, variable in named:
        if variable.trainable:
            variable.assign(variable + rng.normal(scale=0.1, size=variable.shape).astype(np.float32))
    images = rng.uniform(size=(5, 9, 8, 2)).astype(np.float32)
    y = np.array([2, 0, 1, 2, 1], dtype=np.int32)
    weights = {n: {"shape": list(v.shape), "data": short(v)} for n, v in named}
    inference = model(images, training=False).numpy()
    trainable = [(n, v) for n, v in named if v.trainable]
    with tf.GradientTape() as tape:
        logits = model(images, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    gradients = tape.gradient(loss, [v.value for _, v in trainable])
    moving = {n: short(v) for n, v in named if "moving" in n}
    value = {"x": short(images), "y": y.tolist(), "weights": weights, "logits": short(inference), "loss": float(loss),
             "trainingLogits": short(logits), "gradients": {n: short(g) for (n, _), g in zip(trainable, gradients)}, "moving": moving}
    (HERE / "cnn-blocks.json").write_text(json.dumps(value) + "\n")


main()
