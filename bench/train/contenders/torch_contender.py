"""PyTorch, eager as it comes: NCHW, or channels_last where asked."""
import time
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


BETA2, EPSILON = 0.999, 1e-7


def versions():
    return {'torch': torch.__version__}


class SameConv(nn.Conv2d):
    """
    A 3x3 convolution of stride 2. TensorFlow's `same` pads the end of an even side, PyTorch's padding=1 uses the start: the same
    work and other pixels. `exact` pads as TensorFlow does, at the price of a copy; it is off while time is taken.
    """
    exact = True

    def forward(self, x):
        if SameConv.exact:
            return F.conv2d(F.pad(x, (0, 1, 0, 1)), self.weight, self.bias, 2)
        return super().forward(x)


def conv(inputs, filters, size, stride=1, padding=0, bias=True):
    kind = SameConv if size == 3 and stride == 2 else nn.Conv2d
    return kind(inputs, filters, size, stride, padding, bias=bias)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = conv(1, 32, 3), conv(32, 64, 3)
        self.hidden, self.logits = nn.Linear(64 * 12 * 12, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        return self.logits(F.relu(self.hidden(x.flatten(1))))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.output = nn.LSTM(16, 128, batch_first=True), nn.Linear(128, 1)
        # Keras has one bias, PyTorch the sum of two, which would learn twice as fast.
        self.lstm.bias_hh_l0.requires_grad_(False)

    def forward(self, x):
        return self.output(self.lstm(x)[0][:, -1])


class Ae(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense1, self.dense2, self.dense3, self.dense4 = nn.Linear(784, 256), nn.Linear(256, 32), nn.Linear(32, 256), nn.Linear(256, 784)

    def forward(self, x):
        return torch.sigmoid(self.dense4(F.relu(self.dense3(F.relu(self.dense2(F.relu(self.dense1(x))))))))


class Block(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, filters, 3, stride, 1, bias=False), norm(filters)
        self.conv2, self.bn2 = conv(filters, filters, 3, 1, 1, bias=False), norm(filters)
        self.narrows = stride > 1
        if self.narrows:
            self.shortcut, self.shortcut_bn = conv(inputs, filters, 1, stride, bias=False), norm(filters)

    def forward(self, x):
        shortcut = self.shortcut_bn(self.shortcut(x)) if self.narrows else x
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class Resnet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.stem_bn = conv(3, 16, 3, 1, 1, bias=False), norm(16)
        self.block1, self.block2, self.block3 = Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2)
        self.logits = nn.Linear(64, 10)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(F.relu(self.stem_bn(self.stem(x))))))
        return self.logits(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Bigru(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.output = nn.GRU(32, 128, 2, batch_first=True, bidirectional=True), nn.Linear(256, 1)

    def forward(self, x):
        hidden = self.gru(x)[1]
        return self.output(torch.cat([hidden[-2], hidden[-1]], -1))


class Dcgan(nn.Module):
    def __init__(self):
        super().__init__()
        self.g_dense = nn.Linear(64, 7 * 7 * 128)
        self.g_conv1, self.g_bn = nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), norm(64)
        self.g_conv2 = nn.ConvTranspose2d(64, 1, 4, 2, 1)
        self.d_conv1, self.d_conv2 = conv(1, 64, 4, 2, 1), conv(64, 128, 4, 2, 1)
        self.d_logit = nn.Linear(7 * 7 * 128, 1)

    def forward(self, z):
        x = F.relu(self.g_dense(z)).view(-1, 128, 7, 7)
        return torch.tanh(self.g_conv2(F.relu(self.g_bn(self.g_conv1(x)))))

    def discriminate(self, x):
        x = F.leaky_relu(self.d_conv2(F.leaky_relu(self.d_conv1(x), 0.2)), 0.2)
        return self.d_logit(x.flatten(1))


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.e_conv1, self.e_conv2 = conv(1, 32, 4, 2, 1), conv(32, 64, 4, 2, 1)
        self.mean, self.log_variance = nn.Linear(7 * 7 * 64, 16), nn.Linear(7 * 7 * 64, 16)
        self.d_dense = nn.Linear(16, 7 * 7 * 64)
        self.d_conv1, self.d_conv2 = nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ConvTranspose2d(32, 1, 4, 2, 1)

    def encode(self, x):
        x = F.relu(self.e_conv2(F.relu(self.e_conv1(x)))).flatten(1)
        return self.mean(x), self.log_variance(x)

    def decode(self, z):
        return self.d_conv2(F.relu(self.d_conv1(F.relu(self.d_dense(z)).view(-1, 64, 7, 7))))

    def forward(self, x):
        return torch.sigmoid(self.decode(self.encode(x)[0]))


MODELS = {'cnn': Cnn, 'lstm': Lstm, 'ae': Ae, 'resnet': Resnet, 'bigru': Bigru, 'dcgan': Dcgan, 'vae': Vae}
# Dense kernels next to an image: the image's shape there, [channels, height, width].
FROM_IMAGE = {'cnn': {'hidden': (64, 12, 12)}, 'dcgan': {'d_logit': (128, 7, 7)}, 'vae': {'mean': (64, 7, 7), 'log_variance': (64, 7, 7)}}
TO_IMAGE = {'dcgan': {'g_dense': (128, 7, 7)}, 'vae': {'d_dense': (64, 7, 7)}}


class Contender:
    def __init__(self, model, weights, data, learningRate, beta1, cores, channelsLast=False):
        torch.set_num_threads(cores)
        self.name, self.weights, self.format = model, weights, torch.channels_last if channelsLast else torch.contiguous_format
        self.model = MODELS[model]()
        self.reset()
        if channelsLast:
            self.model = self.model.to(memory_format=self.format)
        self.adam = lambda parameters: torch.optim.Adam([p for p in parameters if p.requires_grad], learningRate, (beta1, BETA2))
        if model == 'dcgan':
            named = list(self.model.named_parameters())
            self.d_optimizer = self.adam([p for name, p in named if name.startswith('d_')])
            self.g_optimizer = self.adam([p for name, p in named if name.startswith('g_')])
            self.optimizers = [self.d_optimizer, self.g_optimizer]
        else:
            self.optimizer = self.adam(self.model.parameters())
            self.optimizers = [self.optimizer]
        self.batches = [{name: self.tensor(array[index]) for name, array in data.items()} for index in range(len(data['x']))]
        self.examples = data['z1' if model == 'dcgan' else 'x'][0]
        self.step = 0
        self.train_step = {'dcgan': self.dcgan_step, 'vae': self.vae_step}.get(model, self.plain_step)

    def notes(self):
        return {}

    def reset(self):
        state = {name: torch.from_numpy(np.array(value)) for name, value in state_of(self.name, self.weights)}
        missing, unexpected = self.model.load_state_dict(state, strict=False)
        assert not unexpected and all(name.endswith('num_batches_tracked') for name in missing), (missing, unexpected)

    def tensor(self, array):
        """Images from NHWC, in the memory order of this run."""
        value = torch.from_numpy(np.array(array))
        if value.dim() == 4:
            return value.permute(0, 3, 1, 2).contiguous(memory_format=self.format)
        return value.long() if value.dtype == torch.int32 else value

    def losses(self):
        SameConv.exact = True
        return self.next_step()

    def steps(self, count):
        SameConv.exact = False
        times = []
        for _ in range(count):
            start = time.perf_counter()
            self.next_step()
            times.append((time.perf_counter() - start) * 1e3)
        return times

    def next_step(self):
        self.model.train()
        batch = self.batches[self.step % len(self.batches)]
        self.step += 1
        for optimizer in self.optimizers:
            # TensorFlow adds epsilon before the correction of the second moment, PyTorch after it.
            optimizer.param_groups[0]['eps'] = EPSILON / (1 - BETA2**self.step) ** 0.5
        return [loss.item() for loss in self.train_step(batch)]

    def plain_step(self, batch):
        y = batch.get('y', batch['x'])
        self.optimizer.zero_grad()
        predicted = self.model(batch['x'])
        loss = F.cross_entropy(predicted, y) if y.dtype == torch.int64 else F.mse_loss(predicted, y)
        loss.backward()
        self.optimizer.step()
        return [loss]

    def dcgan_step(self, batch):
        bce, model = F.binary_cross_entropy_with_logits, self.model
        ones = torch.ones(len(batch['x']), 1)
        with torch.no_grad():
            fakes = model(batch['z1'])
        self.d_optimizer.zero_grad()
        real, fake = model.discriminate(torch.cat([batch['x'], fakes])).chunk(2)
        d_loss = bce(real, ones) + bce(fake, torch.zeros_like(ones))
        d_loss.backward()
        self.d_optimizer.step()
        self.g_optimizer.zero_grad()
        discriminator = [p for name, p in model.named_parameters() if name.startswith('d_')]
        for parameter in discriminator:
            parameter.requires_grad_(False)
        g_loss = bce(model.discriminate(model(batch['z2'])), ones)
        g_loss.backward()
        self.g_optimizer.step()
        for parameter in discriminator:
            parameter.requires_grad_(True)
        return [d_loss, g_loss]

    def vae_step(self, batch):
        x = batch['x']
        self.optimizer.zero_grad()
        mean, log_variance = self.model.encode(x)
        logits = self.model.decode(mean + torch.exp(log_variance / 2) * batch['noise'])
        likelihood = F.binary_cross_entropy_with_logits(logits, x, reduction='sum')
        kl = 0.5 * (log_variance.exp() + mean.square() - 1 - log_variance).sum()
        loss = (likelihood + kl) / len(x)
        loss.backward()
        self.optimizer.step()
        return [loss]

    def inference(self, batch):
        SameConv.exact = False
        self.model.eval()
        x = self.tensor(self.examples[:batch])

        def run():
            with torch.inference_mode():
                return self.model(x).numpy()
        return run

    def output(self, count):
        SameConv.exact = True
        self.model.eval()
        with torch.inference_mode():
            y = self.model(self.tensor(self.examples[:count]))
        return (y.permute(0, 2, 3, 1) if y.dim() == 4 else y).numpy()


def state_of(model, weights):
    """The weights as PyTorch has them: (name, array)."""
    for full, value in weights.items():
        layer, name = full.split('.')
        if model == 'bigru' and layer != 'output':
            direction, name = name.split('_')
            yield from recurrent_state('gru', name, value, [1, 0, 2], f'_l{int(layer[-1]) - 1}' + ('_reverse' if direction == 'backward' else ''))
        elif layer == 'lstm':
            yield from recurrent_state('lstm', name, value, [0, 1, 2, 3], '_l0')
        else:
            yield plain_state(model, layer, name, value)


def recurrent_state(layer, name, value, order, suffix):
    if name == 'bias':
        for part, bias in zip(('ih', 'hh'), value if value.ndim == 2 else (value, np.zeros_like(value))):
            yield f'{layer}.bias_{part}{suffix}', reorder(bias, order)
    else:
        yield f'{layer}.weight_{"ih" if name == "kernel" else "hh"}{suffix}', reorder(value.T, order)


def reorder(value, order):
    """Gates in PyTorch's order, along the first axis."""
    gates = np.split(value, len(order))
    return np.concatenate([gates[index] for index in order])


def plain_state(model, layer, name, value):
    names = {'kernel': 'weight', 'gamma': 'weight', 'beta': 'bias', 'mean': 'running_mean', 'variance': 'running_var', 'bias': 'bias'}
    target = f'{layer.replace("_", ".", 1) if layer.startswith("block") else layer}.{names[name]}'
    if name == 'kernel' and value.ndim == 4:
        value = value.transpose(3, 2, 0, 1)
    elif name == 'kernel':
        value = value.T
        if layer in FROM_IMAGE.get(model, {}):
            channels, height, width = FROM_IMAGE[model][layer]
            value = value.reshape(-1, height, width, channels).transpose(0, 3, 1, 2).reshape(value.shape)
    if name in ('kernel', 'bias') and layer in TO_IMAGE.get(model, {}):
        channels, height, width = TO_IMAGE[model][layer]
        value = value.reshape(height * width, channels, -1).swapaxes(0, 1).reshape(value.shape)
    return target, value
