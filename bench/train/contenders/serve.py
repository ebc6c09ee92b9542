"""A Python contender: `serve.py keras|torch`. Requests are JSON lines on standard input, replies JSON lines on file descriptor 3
(both frameworks write to standard output as they please). The requests are those of ../contender.mjs.
"""
import importlib
import json
import os
import re
import sys
import time
from tensors import read_safetensors, split_data


def peak_bytes():
    with open('/proc/self/status') as file:
        return int(re.search(r'VmHWM:\s+(\d+) kB', file.read())[1]) * 1024


def timed(work, count):
    """Milliseconds of each of `count` calls."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return times


class Server:
    def __init__(self, framework):
        self.module = importlib.import_module(f'{framework}_contender')
        self.contender = None

    def load(self, file, **options):
        weights, data = split_data(read_safetensors(file))
        start = time.perf_counter()
        self.contender = self.module.Contender(weights=weights, data=data, **options)
        return {'ms': (time.perf_counter() - start) * 1e3, 'versions': self.module.versions(), 'notes': self.contender.notes()}

    def losses(self, count):
        """One step after another, each with its losses; `firstMs` is how long the first took."""
        start = time.perf_counter()
        losses = list(self.contender.losses())
        first = (time.perf_counter() - start) * 1e3
        for _ in range(count - 1):
            losses += self.contender.losses()
        return {'firstMs': first, 'losses': losses}

    def steps(self, count):
        return {'ms': self.contender.steps(count), 'count': count}

    def infer(self, batch, count):
        run = self.contender.inference(batch)
        timed(run, 2)
        return {'ms': timed(run, count)}

    def output(self):
        """The model's output for the first 4 examples, with its initial weights."""
        self.contender.reset()
        return {'values': self.contender.output(4).ravel().tolist()}

    def memory(self):
        return {'peakBytes': peak_bytes()}


def main(framework):
    replies = os.fdopen(3, 'w')
    server = Server(framework)
    for line in sys.stdin:
        request = json.loads(line)
        reply = getattr(server, request.pop('op'))(**request)
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == '__main__':
    main(sys.argv[1])
