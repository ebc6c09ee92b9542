"""Keras on TensorFlow, trained by `fit` with Keras' default settings."""
import time
import numpy as np
import keras
import tensorflow as tf
from keras import layers as L


def versions():
    return {'keras': keras.__version__, 'tensorflow': tf.__version__}


def cnn():
    return keras.Sequential([
        L.Input((28, 28, 1)), L.Conv2D(32, 3, activation='relu', name='conv1'), L.Conv2D(64, 3, activation='relu', name='conv2'),
        L.MaxPool2D(), L.Flatten(), L.Dense(128, activation='relu', name='hidden'), L.Dense(10, name='logits')])


def lstm():
    return keras.Sequential([L.Input((50, 16)), L.LSTM(128, name='lstm'), L.Dense(1, name='output')])


def ae():
    return keras.Sequential([
        L.Input((784,)), L.Dense(256, activation='relu', name='dense1'), L.Dense(32, activation='relu', name='dense2'),
        L.Dense(256, activation='relu', name='dense3'), L.Dense(784, activation='sigmoid', name='dense4')])


def resnet():
    def convolve(x, name, bn, filters, size, stride=1):
        conv = L.Conv2D(filters, size, strides=stride, padding='same', use_bias=False, name=name)
        return L.BatchNormalization(name=bn)(conv(x))

    x = image = L.Input((32, 32, 3))
    x = L.ReLU()(convolve(x, 'stem', 'stem_bn', 16, 3))
    for name, filters, stride in (('block1', 16, 1), ('block2', 32, 2), ('block3', 64, 2)):
        shortcut = x if stride == 1 else convolve(x, f'{name}_shortcut', f'{name}_shortcut_bn', filters, 1, stride)
        x = L.ReLU()(convolve(x, f'{name}_conv1', f'{name}_bn1', filters, 3, stride))
        x = L.ReLU()(L.Add()([convolve(x, f'{name}_conv2', f'{name}_bn2', filters, 3), shortcut]))
    return keras.Model(image, L.Dense(10, name='logits')(L.GlobalAveragePooling2D()(x)))


def bigru():
    return keras.Sequential([
        L.Input((100, 32)), L.Bidirectional(L.GRU(128, return_sequences=True), name='gru1'),
        L.Bidirectional(L.GRU(128), name='gru2'), L.Dense(1, name='output')])


def bce(logits, label):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(tf.fill(tf.shape(logits), label), logits))


class Dcgan(keras.Model):
    """Radford et al., 2016, at 28x28: one update of the discriminator, then one of the generator."""

    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential([
            L.Input((64,)), L.Dense(7 * 7 * 128, activation='relu', name='g_dense'), L.Reshape((7, 7, 128)),
            L.Conv2DTranspose(64, 4, strides=2, padding='same', use_bias=False, name='g_conv1'), L.BatchNormalization(name='g_bn'), L.ReLU(),
            L.Conv2DTranspose(1, 4, strides=2, padding='same', activation='tanh', name='g_conv2')])
        self.discriminator = keras.Sequential([
            L.Input((28, 28, 1)), L.Conv2D(64, 4, strides=2, padding='same', name='d_conv1'), L.LeakyReLU(0.2),
            L.Conv2D(128, 4, strides=2, padding='same', name='d_conv2'), L.LeakyReLU(0.2), L.Flatten(), L.Dense(1, name='d_logit')])

    def compile(self, optimizer):
        super().compile()
        self.d_optimizer = optimizer
        self.g_optimizer = keras.optimizers.Adam.from_config(optimizer.get_config())

    def call(self, z):
        return self.generator(z, training=False)

    def train_step(self, data):
        images, z1, z2 = data
        fakes = self.generator(z1, training=True)
        with tf.GradientTape() as tape:
            logits = self.discriminator(tf.concat([images, fakes], 0), training=True)
            real, fake = tf.split(logits, 2)
            d_loss = bce(real, 1.0) + bce(fake, 0.0)
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights))
        with tf.GradientTape() as tape:
            g_loss = bce(self.discriminator(self.generator(z2, training=True), training=True), 1.0)
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights))
        return {'d_loss': d_loss, 'g_loss': g_loss}


class Vae(keras.Model):
    """Kingma and Welling, 2014: Bernoulli likelihood and KL divergence, sums over an image, means over the batch."""

    def __init__(self):
        super().__init__()
        image = L.Input((28, 28, 1))
        x = L.Conv2D(32, 4, strides=2, padding='same', activation='relu', name='e_conv1')(image)
        x = L.Flatten()(L.Conv2D(64, 4, strides=2, padding='same', activation='relu', name='e_conv2')(x))
        self.encoder = keras.Model(image, [L.Dense(16, name='mean')(x), L.Dense(16, name='log_variance')(x)])
        self.decoder = keras.Sequential([
            L.Input((16,)), L.Dense(7 * 7 * 64, activation='relu', name='d_dense'), L.Reshape((7, 7, 64)),
            L.Conv2DTranspose(32, 4, strides=2, padding='same', activation='relu', name='d_conv1'),
            L.Conv2DTranspose(1, 4, strides=2, padding='same', name='d_conv2')])

    def call(self, x):
        return tf.sigmoid(self.decoder(self.encoder(x, training=False)[0], training=False))

    def train_step(self, data):
        images, noise = data
        with tf.GradientTape() as tape:
            mean, log_variance = self.encoder(images, training=True)
            logits = self.decoder(mean + tf.exp(log_variance / 2) * noise, training=True)
            likelihood = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(images, logits), [1, 2, 3])
            kl = 0.5 * tf.reduce_sum(tf.exp(log_variance) + tf.square(mean) - 1 - log_variance, 1)
            loss = tf.reduce_mean(likelihood + kl)
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {'elbo': loss}  # Under the name `loss` Keras would report its own, empty, tracker.


MODELS = {'cnn': cnn, 'lstm': lstm, 'ae': ae, 'resnet': resnet, 'bigru': bigru, 'dcgan': Dcgan, 'vae': Vae}
INPUTS = {'ae': ('x', 'x'), 'dcgan': ('x', 'z1', 'z2'), 'vae': ('x', 'noise')}
CLASSIFIERS = ('cnn', 'resnet')


class EpochTime(keras.callbacks.Callback):
    """What the epoch alone takes: the set-up and the end of each `fit` are not the steps' cost."""

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.ms = (time.perf_counter() - self.start) * 1e3


class Contender:
    def __init__(self, model, weights, data, learningRate, beta1, cores):
        self.weights = weights
        self.model = MODELS[model]()
        self.reset()
        optimizer = keras.optimizers.Adam(learningRate, beta_1=beta1, epsilon=1e-7)
        if model in ('dcgan', 'vae'):
            self.model.compile(optimizer=optimizer)
        else:
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if model in CLASSIFIERS else 'mse'
            self.model.compile(optimizer=optimizer, loss=loss)
        arrays = tuple(data[name] for name in INPUTS.get(model, ('x', 'y')))
        # A slice is a batch: one copy each, no shuffling, no assembling.
        self.batches = tf.data.Dataset.from_tensor_slices(arrays)
        self.step = 0
        self.examples = data['z1' if model == 'dcgan' else 'x'][0]
        self.forward = tf.function(lambda x: self.model(x, training=False))

    def notes(self):
        return {'jit_compile': bool(self.model.jit_compile)}

    def reset(self):
        for layer in self.layers():
            if layer.weights:
                layer.set_weights([value for name, value in self.weights.items() if name.startswith(f'{layer.name}.')])

    def layers(self):
        for layer in self.model.layers:
            if isinstance(layer, keras.Model):
                yield from layer.layers
            else:
                yield layer

    def losses(self):
        history = self.fit(1).history
        return [history[name][0] for name in ('loss', 'elbo', 'd_loss', 'g_loss') if name in history]

    def steps(self, count):
        """The mean, once: `fit` tells no more."""
        clock = EpochTime()
        self.fit(count, clock)
        return [clock.ms / count]

    def fit(self, count, *callbacks):
        batches = self.batches.repeat().skip(self.step % len(self.batches)).prefetch(2)
        self.step += count
        return self.model.fit(batches, steps_per_epoch=count, epochs=1, verbose=0, callbacks=list(callbacks))

    def inference(self, batch):
        # tf.function is faster than `predict` and `predict_on_batch`.
        x = np.ascontiguousarray(self.examples[:batch])
        return lambda: self.forward(x).numpy()

    def output(self, count):
        return self.forward(self.examples[:count]).numpy()
