"""Classifies digits through the gateway with a client generated from proto/ alone, and lists services by reflection.

Usage: classify.py PROTO_DIR GATEWAY MODEL DIGITS_FILE. Prints one JSON document.
"""

import json
import sys
import tempfile
from pathlib import Path

import grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_tools import protoc

proto_dir, gateway, model, digits_file = sys.argv[1:]
folder = tempfile.TemporaryDirectory(prefix="quartet-python-client-")
generated = folder.name
files = [str(path) for path in Path(proto_dir).rglob("*.proto")]
well_known = str(Path(protoc.__file__).parent / "_proto")
code = protoc.main(["protoc", f"-I{proto_dir}", f"-I{well_known}", f"--python_out={generated}", f"--grpc_python_out={generated}", *files])
if code != 0:
    sys.exit(f"protoc ended with {code}")
sys.path.insert(0, generated)

from quartet.cnn.v1 import cnn_pb2, cnn_pb2_grpc  # noqa: E402
from quartet.common.v1 import model_ref_pb2, tensor_pb2  # noqa: E402

channel = grpc.insecure_channel(gateway)
services = sorted(ProtoReflectionDescriptorDatabase(channel).get_services())

digits = Path(digits_file).read_bytes()
count = len(digits) // 784
batch = tensor_pb2.Tensor(dtype=tensor_pb2.DATA_TYPE_UINT8, shape=[count, 28, 28, 1], data=digits)
stub = cnn_pb2_grpc.CnnServiceStub(channel)
request = cnn_pb2.ClassifyRequest(model=model_ref_pb2.ModelRef(name=model), batch=batch, top_k=3)
answer = stub.Classify(request, timeout=30)

error = {}
try:
    bad = tensor_pb2.Tensor(dtype=tensor_pb2.DATA_TYPE_UINT8, shape=[1, 5, 5, 1], data=bytes(25))
    stub.Classify(cnn_pb2.ClassifyRequest(model=model_ref_pb2.ModelRef(name=model), batch=bad), timeout=30)
except grpc.RpcError as e:
    error = {"code": e.code().name, "details": e.details(), "keys": [key for key, _ in e.trailing_metadata()]}

print(json.dumps({
    "services": services,
    "predicted": [result.classes[0].index for result in answer.results],
    "topK": len(answer.results[0].classes),
    "version": answer.model_version,
    "error": error,
}))
