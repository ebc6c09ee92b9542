"""Writes what every contender starts from: initial weights and the batches, one safetensors file a model.

    python prepare.py FOLDER MODEL...

Weights have Keras' layouts and gate order (conv [height, width, in, out], transposed conv [height, width, out, in], dense
[in, out], LSTM i f c o, GRU z r h with two biases) and the names `<layer>.<weight>`, in Keras' order within a layer. Data are
`data/<input>`, [batches, batch, ...]: learnable, so that the loss curves fall. Noise that a step would draw is drawn here.
"""
import sys
import numpy as np
from tensors import write_safetensors

BATCHES = 8


class Weights:
    """Collects a model's weights in the order of their making. Glorot's uniform kernels, biases 0."""

    def __init__(self, rng):
        self.rng = rng
        self.all = {}

    def kernel(self, layer, shape, fan_in, fan_out, name='kernel'):
        limit = np.sqrt(6 / (fan_in + fan_out))
        self.all[f'{layer}.{name}'] = self.rng.uniform(-limit, limit, shape).astype(np.float32)

    def fill(self, layer, name, size, value):
        self.all[f'{layer}.{name}'] = np.full(size, value, np.float32)

    def dense(self, layer, inputs, units):
        self.kernel(layer, (inputs, units), inputs, units)
        self.fill(layer, 'bias', units, 0)

    def conv(self, layer, size, inputs, filters, bias=True):
        self.kernel(layer, (size, size, inputs, filters), size * size * inputs, size * size * filters)
        if bias:
            self.fill(layer, 'bias', filters, 0)

    def conv_transpose(self, layer, size, inputs, filters, bias=True):
        self.kernel(layer, (size, size, filters, inputs), size * size * inputs, size * size * filters)
        if bias:
            self.fill(layer, 'bias', filters, 0)

    def norm(self, layer, channels):
        for name, value in (('gamma', 1), ('beta', 0), ('mean', 0), ('variance', 1)):
            self.fill(layer, name, channels, value)

    def recurrent(self, layer, gates, inputs, units, bias_shape, prefix=''):
        self.kernel(layer, (inputs, gates * units), inputs, gates * units, f'{prefix}kernel')
        blocks = [np.linalg.qr(self.rng.standard_normal((units, units)))[0] for _ in range(gates)]
        self.all[f'{layer}.{prefix}recurrent'] = np.concatenate(blocks, 1).astype(np.float32)
        self.fill(layer, f'{prefix}bias', bias_shape, 0)


def labelled_images(rng, batch, height, width, channels):
    """Each class a smooth pattern under noise."""
    patterns = blurred(rng, 10, height, width, channels)
    labels = rng.integers(0, 10, (BATCHES, batch)).astype(np.int32)
    images = 0.5 * patterns[labels] + 0.5 * rng.random((BATCHES, batch, height, width, channels))
    return {'x': images.astype(np.float32), 'y': labels}


def blurred(rng, count, height, width, channels):
    coarse = rng.random((count, 4, 4, channels))
    return np.kron(coarse, np.ones((1, -(-height // 4), -(-width // 4), 1)))[:, :height, :width]


def strokes(rng, batch):
    """Images [batches, batch, 28, 28, 1] in 0..1: two soft dots each."""
    grid = np.arange(28)
    image = 0
    for _ in range(2):
        centre = rng.uniform(6, 22, (2, BATCHES, batch, 1))
        rows, columns = (np.exp(-((grid - c) ** 2) / 12) for c in centre)
        image = image + rows[..., :, None] * columns[..., None, :]
    return np.clip(image, 0, 1).astype(np.float32)[..., None]


def sequences(rng, batch, time, features):
    x = rng.standard_normal((BATCHES, batch, time, features)).astype(np.float32)
    y = np.tanh(x[..., -5:, :].mean((-1, -2)) * 4)
    return {'x': x, 'y': y[..., None].astype(np.float32)}


def cnn(w, rng):
    w.conv('conv1', 3, 1, 32)
    w.conv('conv2', 3, 32, 64)
    w.dense('hidden', 12 * 12 * 64, 128)
    w.dense('logits', 128, 10)
    return labelled_images(rng, 128, 28, 28, 1)


def lstm(w, rng):
    w.recurrent('lstm', 4, 16, 128, 512)
    w.all['lstm.bias'][128:256] = 1  # The forget gates start open, as Keras has it.
    w.dense('output', 128, 1)
    return sequences(rng, 64, 50, 16)


def ae(w, rng):
    sizes = [784, 256, 32, 256, 784]
    for index, (inputs, units) in enumerate(zip(sizes, sizes[1:])):
        w.dense(f'dense{index + 1}', inputs, units)
    return {'x': strokes(rng, 128).reshape(BATCHES, 128, 784)}


def resnet(w, rng):
    w.conv('stem', 3, 3, 16, bias=False)
    w.norm('stem_bn', 16)
    for name, inputs, filters in (('block1', 16, 16), ('block2', 16, 32), ('block3', 32, 64)):
        if inputs != filters:
            w.conv(f'{name}_shortcut', 1, inputs, filters, bias=False)
            w.norm(f'{name}_shortcut_bn', filters)
        w.conv(f'{name}_conv1', 3, inputs, filters, bias=False)
        w.norm(f'{name}_bn1', filters)
        w.conv(f'{name}_conv2', 3, filters, filters, bias=False)
        w.norm(f'{name}_bn2', filters)
    w.dense('logits', 64, 10)
    return labelled_images(rng, 128, 32, 32, 3)


def bigru(w, rng):
    for layer, inputs in (('gru1', 32), ('gru2', 256)):
        for direction in ('forward_', 'backward_'):
            w.recurrent(layer, 3, inputs, 128, (2, 384), direction)
    w.dense('output', 256, 1)
    return sequences(rng, 64, 100, 32)


def dcgan(w, rng):
    w.dense('g_dense', 64, 7 * 7 * 128)
    w.conv_transpose('g_conv1', 4, 128, 64, bias=False)
    w.norm('g_bn', 64)
    w.conv_transpose('g_conv2', 4, 64, 1)
    w.conv('d_conv1', 4, 1, 64)
    w.conv('d_conv2', 4, 64, 128)
    w.dense('d_logit', 7 * 7 * 128, 1)
    noise = rng.standard_normal((2, BATCHES, 64, 64)).astype(np.float32)
    return {'x': strokes(rng, 64) * 2 - 1, 'z1': noise[0], 'z2': noise[1]}


def vae(w, rng):
    w.conv('e_conv1', 4, 1, 32)
    w.conv('e_conv2', 4, 32, 64)
    w.dense('mean', 7 * 7 * 64, 16)
    w.dense('log_variance', 7 * 7 * 64, 16)
    w.dense('d_dense', 16, 7 * 7 * 64)
    w.conv_transpose('d_conv1', 4, 64, 32)
    w.conv_transpose('d_conv2', 4, 32, 1)
    return {'x': strokes(rng, 128), 'noise': rng.standard_normal((BATCHES, 128, 16)).astype(np.float32)}


def main(folder, models):
    for name in models:
        rng = np.random.default_rng(1)
        weights = Weights(rng)
        data = globals()[name](weights, rng)
        write_safetensors(f'{folder}/{name}.safetensors', weights.all | {f'data/{key}': value for key, value in data.items()})


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
