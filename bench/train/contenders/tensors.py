"""The safetensors format: length of the header, the header as JSON, the tensors' bytes. Float32 and int32 alone."""
import json
import numpy as np

NAMES = {'float32': 'F32', 'int32': 'I32'}
DTYPES = {'F32': '<f4', 'I32': '<i4'}


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, tensor in tensors.items():
        end = offset + tensor.nbytes
        header[name] = {'dtype': NAMES[tensor.dtype.name], 'shape': tensor.shape, 'data_offsets': [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor).tobytes())


def read_safetensors(path):
    """Arrays by name, in the file's order."""
    with open(path, 'rb') as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
        return {name: np.frombuffer(file.read(b - a), DTYPES[dtype]).reshape(shape)
                for name, dtype, shape, (a, b) in ((n, e['dtype'], e['shape'], e['data_offsets']) for n, e in header.items())}


def split_data(tensors):
    """(weights by name, data by input)."""
    data = {name.removeprefix('data/'): value for name, value in tensors.items() if name.startswith('data/')}
    return {name: value for name, value in tensors.items() if not name.startswith('data/')}, data
