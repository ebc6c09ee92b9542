"""Models that real Keras saved, and what it answers for given images: golden.json.

To make them again: pip install tensorflow-cpu==2.21.0 keras==3.15.1 tf_keras==2.21.0, then `python make_golden.py`.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'


def images(shape, count=4):
    """uint8 [count, *shape], the same numbers as in the test."""
    import numpy as np
    size = count * int(np.prod(shape))
    at = np.arange(size, dtype=np.int64)
    return ((at * 37 + (at // 7) * 11 + (at * at) % 91) % 256).astype(np.uint8).reshape((count, *shape))


def shaken(model, keras):
    """Weights that aren't those of the start: biases and running statistics differ from 0 and 1."""
    import numpy as np
    random = np.random.default_rng(7)
    for layer in model._flatten_layers() if hasattr(model, '_flatten_layers') else model.layers:
        if layer.__class__.__name__ == 'BatchNormalization':
            layer.set_weights([np.abs(w) + random.uniform(0.1, 0.9, w.shape) if 'variance' in v.name or 'gamma' in v.name else w + random.normal(0, 0.3, w.shape)
                               for v, w in zip(layer.weights, layer.get_weights())])
        elif layer.__class__.__name__ not in ('Normalization', 'Sequential', 'Functional') and layer.get_weights():
            layer.set_weights([w + random.normal(0, 0.05, w.shape) for w in layer.get_weights()])
    return model


def models(keras):
    """name -> (model, file ending, what the model takes for a pixel: unit, byte or signed, whether the import must be told)."""
    L = keras.layers
    small = lambda *layers: keras.Sequential([L.Input((12, 12, 1)), *layers])

    x = L.Input((14, 10, 3), name='pictures')
    y = L.Rescaling(1 / 127.5, offset=-1)(x)
    y = L.Conv2D(6, 5, strides=2, padding='same', activation='elu', name='first')(y)
    y = L.BatchNormalization(epsilon=1e-5, momentum=0.9, scale=False)(y)
    y = L.LeakyReLU(negative_slope=0.1)(y)
    y = L.MaxPooling2D(3, strides=2, padding='same')(y)
    y = L.AveragePooling2D(2, padding='same')(y)
    y = L.GlobalAveragePooling2D()(y)
    y = L.Dense(5, activation='tanh')(y)
    y = L.Dense(4)(y)
    functional = keras.Model(x, L.Softmax()(y))

    normalization = L.Normalization()
    normalization.adapt(images((12, 12, 3), 20).astype('float32'))
    nested = keras.Sequential([
        L.Input((12, 12, 3)), normalization, L.RandomFlip('horizontal'),
        keras.Sequential([L.Conv2D(4, 3, activation='relu'), L.BatchNormalization()], name='block'),
        keras.Sequential([L.Conv2D(5, 3, activation='leaky_relu'), L.ELU(alpha=0.5)], name='block_2'),
        L.Flatten(), L.Dense(3, activation='softmax')])

    return {
        'plain': (small(L.Conv2D(4, 3, activation='relu'), L.MaxPooling2D(), L.Flatten(), L.Dropout(0.3), L.Dense(8, activation='sigmoid'), L.Dense(3, activation='softmax')), '.keras', 'unit', False),
        'plain-h5': (small(L.Rescaling(1 / 255), L.Conv2D(4, 3, use_bias=False), L.BatchNormalization(), L.ReLU(), L.GlobalAveragePooling2D(), L.Dense(3)), '.h5', 'byte', False),
        'separable': (small(L.Conv2D(4, 3, padding='same'), L.DepthwiseConv2D(3, activation='relu'), L.SeparableConv2D(6, 3, strides=2, padding='same', use_bias=False), L.BatchNormalization(center=False), L.Activation('relu'), L.Flatten(), L.Dense(5, use_bias=False), L.Dense(3, use_bias=False, activation='softmax')), '.keras', 'signed', True),
        'functional': (functional, '.keras', 'byte', False),
        'functional-h5': (functional, '.h5', 'byte', False),
        'nested': (nested, '.keras', 'byte', True),
        'binary': (small(L.Flatten(), L.Dense(4, activation='relu'), L.Dense(1, activation='sigmoid')), '.keras', 'unit', False),
        'linear': (small(L.Flatten(), L.Dense(3)), '.keras', 'unit', False),
    }


def legacy(keras):
    L = keras.layers
    model = keras.Sequential([
        L.Conv2D(4, (3, 3), activation='relu', input_shape=(12, 12, 1)), L.BatchNormalization(), L.LeakyReLU(alpha=0.2), L.SeparableConv2D(5, 3), L.MaxPooling2D((2, 2)), L.Flatten(),
        L.Dense(3), L.Activation('softmax')])
    x = L.Input((12, 12, 1))
    y = L.Conv2D(4, 3, strides=2, activation='relu')(L.Rescaling(1 / 255)(x))
    graph = keras.Model(x, L.Dense(3, activation='softmax')(L.Flatten()(y)))
    model.compile('adam', 'categorical_crossentropy')
    return {'keras2': (model, '.h5', 'unit', False), 'keras2-functional': (graph, '.h5', 'byte', False)}


def write(keras, made, golden):
    for name, (model, ending, pixels, told) in made.items():
        if name != 'functional-h5':  # the same model as functional
            shaken(model, keras)
        file = name + ending
        model.save(os.path.join(HERE, file))
        shape = list(model.input_shape[1:])
        x = images(shape).astype('float32')
        given = {'byte': x, 'unit': x / 255, 'signed': x / 255 * 2 - 1}[pixels]
        golden[file] = {'shape': shape, 'pixels': pixels, 'told': told, 'outputs': [[float(v) for v in row] for row in model.predict(given, verbose=0)]}


def refused(keras):
    """Models that Quartet hasn't: what an import must tell of."""
    L = keras.layers
    keras.Sequential([L.Input((8, 8, 1)), L.Lambda(lambda x: x * 2), L.Flatten(), L.Dense(2)]).save(os.path.join(HERE, 'lambda.keras'))
    x = L.Input((8, 8, 1))
    y = L.Conv2D(4, 3, padding='same', dilation_rate=2)(x)
    y = L.Add()([y, L.Conv2D(4, (1, 3), padding='same', activation='gelu')(x)])
    keras.Model(x, L.Dense(2)(L.Flatten()(y))).save(os.path.join(HERE, 'branches.keras'))
    keras.Sequential([L.Input((8, 8, 1)), L.Conv2D(4, 3, dilation_rate=2, activation='gelu', name='wide'), L.GlobalMaxPooling2D(), L.Dense(4, activation='sigmoid')]).save(os.path.join(HERE, 'unsupported.keras'))
    keras.Sequential([L.Input((8, 8, 1)), L.Flatten(), L.Dense(2)]).save_weights(os.path.join(HERE, 'only.weights.h5'))


def damaged():
    """Files that no Keras wrote, of parts that one did."""
    import zipfile
    import h5py
    read = lambda file, name: zipfile.ZipFile(os.path.join(HERE, file)).read(name)

    def pack(file, parts, compression=zipfile.ZIP_STORED):
        with zipfile.ZipFile(os.path.join(HERE, file), 'w', compression) as archive:
            for name, data in parts.items():
                archive.writestr(zipfile.ZipInfo(name), data, compression)

    parts = {name: read('linear.keras', name) for name in ('metadata.json', 'config.json', 'model.weights.h5')}
    pack('missing.keras', {name: parts[name] for name in ('metadata.json', 'config.json')})
    pack('mismatch.keras', {**parts, 'model.weights.h5': read('plain.keras', 'model.weights.h5')})
    pack('escape.keras', {**parts, '../../escaped.txt': b'here'})
    pack('bomb.keras', {**parts, 'assets/zeros.bin': bytes(32 * 1024 * 1024)}, zipfile.ZIP_DEFLATED)
    pack('config.keras', {**parts, 'config.json': b'{"class_name": "Sequential", "config": {"layers": [1]}}'})
    # Weights that HDF5 is to read from another file: the machine's list of users.
    weights = os.path.join(HERE, 'outside.tmp.h5')
    with open(weights, 'wb') as file:
        file.write(parts['model.weights.h5'])
    with h5py.File(weights, 'a') as file:
        del file['layers/dense/vars/0']
        file.create_dataset('layers/dense/vars/0', (144, 3), 'f4', external=[('/etc/passwd', 0, 144 * 3 * 4)])
    with open(weights, 'rb') as file:
        pack('outside.keras', {**parts, 'model.weights.h5': file.read()})
    os.remove(weights)


if __name__ == '__main__':
    if len(sys.argv) > 1:  # Keras 2, in a process of its own
        import tf_keras
        tf_keras.utils.set_random_seed(2)
        golden = {}
        write(tf_keras, legacy(tf_keras), golden)
        print(json.dumps(golden))
    else:
        import subprocess
        import keras
        keras.utils.set_random_seed(1)
        golden = {}
        write(keras, models(keras), golden)
        refused(keras)
        damaged()
        out = subprocess.run([sys.executable, __file__, 'legacy'], capture_output=True, text=True, check=True)
        golden.update(json.loads(out.stdout.strip().splitlines()[-1]))
        with open(os.path.join(HERE, 'golden.json'), 'w') as file:
            json.dump({'keras': keras.__version__, 'models': golden}, file, indent=1)
            file.write('\n')
