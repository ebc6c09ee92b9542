"""The load, the same for every server: Triton's asyncio client over one channel. Usage: load.py REFERENCE_FILE MODEL.

Reads a JSON request a line, each answered by a line:
- ready {address, limit_s} -> {}: once the server has answered as the reference does
- check {address} -> {difference}: the largest from the reference, of all its images at once, one a request
- closed {address, concurrency, seconds} -> load: each of so many callers sends its next request when it has its answer
- rate {address, rate, seconds} -> load: requests are sent at even intervals, whether answers have come or not
A load is {requests, seconds, p50_ms, p99_ms, client_cpu, late_ms}: client_cpu is this process's processor seconds a second, late_ms
the longest that a request was sent after its time. A request that fails ends the process.
"""

import asyncio
import json
import sys
import time

import numpy as np
import tritonclient.grpc.aio as triton
from tritonclient.utils import InferenceServerException

REFERENCE_FILE, MODEL = sys.argv[1:]
REFERENCE = dict(np.load(REFERENCE_FILE))
OUTPUTS = ("logits", "probabilities")
TOLERANCE = 1e-4
TIMEOUT_S = 20
# A server that starts is looked for often.
QUICK_RECONNECT = [(f"grpc.{name}_reconnect_backoff_ms", 20) for name in ("initial", "min", "max")]


def request_of(image):
    made = triton.InferInput("images", [1, 28, 28, 1], "FP32")
    made.set_data_from_numpy(image[np.newaxis])
    return [made]


REQUESTS = [request_of(image) for image in REFERENCE["images"]]
CLIENTS = {}


def client_of(address):
    if address not in CLIENTS:
        CLIENTS[address] = triton.InferenceServerClient(address, channel_args=QUICK_RECONNECT)
    return CLIENTS[address]


async def difference(client, at):
    result = await client.infer(MODEL, REQUESTS[at], client_timeout=TIMEOUT_S)
    return max(float(np.abs(result.as_numpy(name)[0] - REFERENCE[name][at]).max()) for name in OUTPUTS)


async def ready(address, limit_s):
    until = time.monotonic() + limit_s
    # A channel of its own: the process that it leads to may be ended and another take its place.
    async with triton.InferenceServerClient(address, channel_args=QUICK_RECONNECT) as client:
        while True:
            try:
                found = await difference(client, 0)
                break
            except InferenceServerException as error:
                if time.monotonic() > until:
                    raise TimeoutError(f"no answer within {limit_s} s; the last error: {error}") from error
                await asyncio.sleep(0.01)
    if not found <= TOLERANCE:
        raise ValueError(f"the first answer is off by {found}, expected at most {TOLERANCE}")
    return {}


async def check(address):
    client = client_of(address)
    worst = max(await asyncio.gather(*(difference(client, at) for at in range(len(REQUESTS)))))
    if not worst <= TOLERANCE:
        raise ValueError(f"answers are off by {worst}, expected at most {TOLERANCE}")
    return {"difference": worst}


class Load:
    """Collects the latencies of what it sends."""

    def __init__(self, address):
        self._client = client_of(address)
        self._latencies = []
        self._sent = 0
        self.late = 0.0
        self._start, self._cpu_start = time.perf_counter(), time.process_time()

    async def send(self):
        request = REQUESTS[self._sent % len(REQUESTS)]
        self._sent += 1
        started = time.perf_counter()
        await self._client.infer(MODEL, request, client_timeout=TIMEOUT_S)
        self._latencies.append(time.perf_counter() - started)

    def result(self):
        seconds = time.perf_counter() - self._start
        p50, p99 = np.percentile(self._latencies, [50, 99]) * 1e3
        return {
            "requests": len(self._latencies),
            "seconds": seconds,
            "p50_ms": p50,
            "p99_ms": p99,
            "client_cpu": (time.process_time() - self._cpu_start) / seconds,
            "late_ms": self.late * 1e3,
        }


async def closed(address, concurrency, seconds):
    load = Load(address)
    until = time.perf_counter() + seconds

    async def caller():
        while time.perf_counter() < until:
            await load.send()

    await asyncio.gather(*(caller() for _ in range(concurrency)))
    return load.result()


async def rate(address, rate, seconds):
    load = Load(address)
    start = time.perf_counter()
    sending = []
    for at in range(round(rate * seconds)):
        due = start + at / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        load.late = max(load.late, time.perf_counter() - due)
        sending.append(asyncio.ensure_future(load.send()))
    await asyncio.gather(*sending)
    return load.result()


OPERATIONS = {"ready": ready, "check": check, "closed": closed, "rate": rate}


async def main():
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        request = json.loads(line)
        print(json.dumps(await OPERATIONS[request.pop("op")](**request)), flush=True)


asyncio.run(main())
