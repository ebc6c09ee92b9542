"""Calls Quartet with KServe's gRPC client. Usage: kserve_client.py GATEWAY MODEL DIGITS_FILE TEXT_MODEL. Prints one JSON document."""

import asyncio
import importlib.util
import json
import sys
import types
from pathlib import Path

# The client alone: the package's __init__ imports its server and its Kubernetes client too.
package = types.ModuleType("kserve")
package.__path__ = list(importlib.util.find_spec("kserve").submodule_search_locations)
sys.modules["kserve"] = package

import grpc  # noqa: E402
import numpy as np  # noqa: E402
from kserve.inference_client import InferenceGRPCClient  # noqa: E402
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb2  # noqa: E402
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub  # noqa: E402
from kserve.protocol.infer_type import InferInput, InferRequest  # noqa: E402

gateway, model, digits_file, text_model = sys.argv[1:]
digits = np.frombuffer(Path(digits_file).read_bytes(), np.uint8).reshape(-1, 28, 28, 1)[:16]


def numbers(response, name):
    output = next(each for each in response.outputs if each.name == name)
    return output.as_numpy().astype(np.float32).tobytes().hex()


async def main():
    client = InferenceGRPCClient(gateway, timeout=60)
    raw = InferInput("images", list(digits.shape), "UINT8")
    raw.set_data_from_numpy(digits, binary_data=True)
    typed = InferInput("images", [2, 28, 28, 1], "UINT8", data=[int(value) for value in digits[:2].ravel()])
    texts = InferInput("texts", [2], "BYTES", data=["a good and happy day", "a bad and gloomy day"])
    answer = await client.infer(InferRequest(model, [raw], request_id="kserve"))
    small = await client.infer(InferRequest(model, [typed]))
    moods = await client.infer(InferRequest(text_model, [texts]))
    wrong = InferInput("images", [1, 28, 27, 1], "UINT8", data=[0] * (28 * 27))
    error = {}
    try:
        await client.infer(InferRequest(model, [wrong]))
    except grpc.RpcError as refused:
        error = {"code": refused.code().name, "details": refused.details()}
    async with grpc.aio.insecure_channel(gateway) as channel:
        stub = GRPCInferenceServiceStub(channel)
        loaded = await stub.RepositoryModelLoad(pb2.RepositoryModelLoadRequest(model_name=model))
        metadata = await stub.ModelMetadata(pb2.ModelMetadataRequest(name=model))
    print(json.dumps({
        "live": await client.is_server_live(),
        "ready": await client.is_server_ready(),
        "modelReady": await client.is_model_ready(model),
        "id": answer.id,
        "logits": numbers(answer, "logits"),
        "typed": numbers(small, "logits"),
        "moods": numbers(moods, "probabilities"),
        "error": error,
        "loaded": [loaded.model_name, loaded.isLoaded],
        "inputs": [each.name for each in metadata.inputs],
    }))
    await client.close()


asyncio.run(main())
