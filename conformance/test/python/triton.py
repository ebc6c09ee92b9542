"""Calls Quartet with Triton's own client. Usage: triton.py GATEWAY MODEL DIGITS_FILE TEXT_MODEL DESCRIPTORS. Prints one JSON document."""

import json
import queue
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import tritonclient.grpc as grpcclient
from google.protobuf import descriptor_pb2, descriptor_pool
from tritonclient.grpc import model_config_pb2, service_pb2
from tritonclient.utils import InferenceServerException

gateway, model, digits_file, text_model, descriptors = sys.argv[1:]
digits = np.frombuffer(Path(digits_file).read_bytes(), np.uint8).reshape(-1, 28, 28, 1)[:16]
client = grpcclient.InferenceServerClient(gateway)


def tensor(name, array, datatype):
    made = grpcclient.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array)
    return made


def infer(array, datatype, **more):
    return client.infer(model, [tensor("images", array, datatype)], **more)


def failure(call):
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def differences():
    """What of the contract's proto differs from the client's own descriptors, by name."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(Path(descriptors).read_bytes()).file:
        pool.Add(file)
    found = []
    # KServe's answer to loads has fields, where Triton's has none.
    extra = {"inference.RepositoryModelLoadResponse", "inference.RepositoryModelUnloadResponse"}

    def shape(field):
        kind = field.message_type or field.enum_type
        return (field.number, field.type, field.is_repeated, kind.full_name if kind else None)

    def compare(own, theirs):
        for field in own.fields:
            other = theirs.fields_by_name.get(field.name)
            if own.full_name not in extra and (other is None or shape(field) != shape(other)):
                found.append(f"{own.full_name}.{field.name}")
        for nested in own.nested_types:
            compare(nested, theirs.nested_types_by_name[nested.name])
        for enum in own.enum_types:
            if {v.name: v.number for v in enum.values} != {v.name: v.number for v in theirs.enum_types_by_name[enum.name].values}:
                found.append(enum.full_name)

    compared = 0
    for path, theirs in [("inference/grpc_service.proto", service_pb2.DESCRIPTOR), ("inference/model_config.proto", model_config_pb2.DESCRIPTOR)]:
        own = pool.FindFileByName(path)
        for name, message in own.message_types_by_name.items():
            compare(message, theirs.message_types_by_name[name])
            compared += 1
        for name, enum in own.enum_types_by_name.items():
            if {v.name: v.number for v in enum.values} != {v.name: v.number for v in theirs.enum_types_by_name[name].values}:
                found.append(enum.full_name)
        for name, service in own.services_by_name.items():
            for method in service.methods:
                other = theirs.services_by_name[name].methods_by_name[method.name]
                if (method.input_type.full_name, method.output_type.full_name) != (other.input_type.full_name, other.output_type.full_name):
                    found.append(method.full_name)
    # What a request of Triton's may hold must be there, field for field.
    for name in ["ModelInferRequest", "ModelInferResponse", "ModelStatistics", "ModelMetadataResponse", "InferParameter", "InferTensorContents"]:
        if set(service_pb2.DESCRIPTOR.message_types_by_name[name].fields_by_name) != set(pool.FindMessageTypeByName(f"inference.{name}").fields_by_name):
            found.append(name)
    return {"compared": compared, "found": found}


def stream():
    """20 requests, of which one is of a wrong shape and one of an unknown model, answered with their ids."""
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    for at in range(20):
        wrong = at == 7
        array = digits[at % 16 : at % 16 + 1]
        client.async_stream_infer(
            "nobody" if at == 3 else model,
            [tensor("images", array[:, :27] if wrong else array, "UINT8")],
            request_id=str(at),
            enable_empty_final_response=True,
        )
    collected = [answers.get(timeout=60) for _ in range(20)]
    client.stop_stream()
    results = {r.get_response().id: r.as_numpy("logits").tobytes().hex() for r, e in collected if e is None}
    return {
        "results": results,
        "order": [r.get_response().id for r, e in collected if e is None],
        "final": all(r.get_response().parameters["triton_final_response"].bool_param for r, e in collected if e is None),
        "errors": sorted(e.message() for r, e in collected if e is not None),
    }


floats = digits.astype(np.float32) / np.float32(255)
# Numbers that all float types hold.
halves = np.round(floats * 8) / 8
plain = infer(digits, "UINT8", request_id="first")
before = client.get_inference_statistics(model, "1", as_json=True)["model_stats"][0]
infer(digits[:5], "UINT8")
after = client.get_inference_statistics(model, "1", as_json=True)["model_stats"][0]
asynchronous = queue.Queue()
client.async_infer(model, [tensor("images", digits, "UINT8")], lambda result, error: asynchronous.put(result or error))
texts = np.array(["a good and happy day", b"a bad and gloomy day", "Tag f\u00fcr Tag"], dtype=np.object_)
moods = client.infer(text_model, [tensor("texts", texts, "BYTES")])
loads = [failure(lambda: client.load_model(model)), failure(lambda: client.unload_model(model)), failure(lambda: client.load_model(model, config="{}"))]

print(json.dumps({
    "live": client.is_server_live(),
    "ready": client.is_server_ready(),
    "modelReady": [client.is_model_ready(model), client.is_model_ready(model, "1"), client.is_model_ready(model, "99"), client.is_model_ready("nobody")],
    "server": client.get_server_metadata(as_json=True),
    "metadata": client.get_model_metadata(model, as_json=True),
    "config": client.get_model_config(model, as_json=True)["config"],
    "response": {"id": plain.get_response().id, "version": plain.get_response().model_version, "shape": list(plain.as_numpy("logits").shape), "dtype": str(plain.as_numpy("logits").dtype)},
    "logits": plain.as_numpy("logits").tobytes().hex(),
    "probabilities": plain.as_numpy("probabilities").tobytes().hex(),
    "asFloats": infer(floats, "FP32", outputs=[grpcclient.InferRequestedOutput("logits")]).as_numpy("logits").tobytes().hex(),
    "onlyLogits": infer(floats, "FP32", outputs=[grpcclient.InferRequestedOutput("logits")]).as_numpy("probabilities") is None,
    "halves": [infer(halves.astype(kind), name).as_numpy("logits").tobytes().hex() for name, kind in [("FP32", np.float32), ("FP16", np.float16), ("BF16", ml_dtypes.bfloat16)]],
    "classes": [[text.decode() for text in row] for row in infer(digits[:2], "UINT8", outputs=[grpcclient.InferRequestedOutput("probabilities", class_count=3)]).as_numpy("probabilities")],
    "asynchronous": asynchronous.get(timeout=60).as_numpy("logits").tobytes().hex(),
    "priority": infer(digits, "UINT8", priority=1, timeout=60_000_000).as_numpy("logits").tobytes().hex(),
    "moods": moods.as_numpy("probabilities").tobytes().hex(),
    "stream": stream(),
    "statistics": {
        "inferences": int(after["inference_count"]) - int(before["inference_count"]),
        "executions": int(after["execution_count"]) - int(before["execution_count"]),
        "success": int(after["inference_stats"]["success"]["count"]) - int(before["inference_stats"]["success"]["count"]),
        "ns": int(after["inference_stats"]["compute_infer"]["ns"]) - int(before["inference_stats"]["compute_infer"]["ns"]),
        "batches": [int(batch["batch_size"]) for batch in after["batch_stats"]],
        "models": sorted({each["name"] for each in client.get_inference_statistics(as_json=True)["model_stats"]}),
    },
    "index": client.get_model_repository_index(as_json=True)["models"],
    "loads": loads,
    "errors": {
        "int32": failure(lambda: infer(digits.astype(np.int32), "INT32")),
        "float64": failure(lambda: infer(floats.astype(np.float64), "FP64")),
        "bool": failure(lambda: infer(digits.astype(bool), "BOOL")),
        "shape": failure(lambda: infer(digits[:, :27], "UINT8")),
        "model": failure(lambda: client.infer("nobody", [tensor("images", digits, "UINT8")])),
        "version": failure(lambda: infer(digits, "UINT8", model_version="99")),
        "timeout": failure(lambda: infer(digits, "UINT8", timeout=1)),
        "sequence": failure(lambda: infer(digits, "UINT8", sequence_id=5, sequence_start=True)),
        "memory": failure(lambda: client.get_system_shared_memory_status()),
        "trace": failure(lambda: client.get_trace_settings()),
    },
    "proto": differences(),
}))
client.close()
