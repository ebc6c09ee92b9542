"""Calls ModelInfer knowing nothing but the address: messages are made from reflection. Usage: reflected.py GATEWAY MODEL DIGITS_FILE."""

import json
import sys
from pathlib import Path

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

gateway, model, digits_file = sys.argv[1:]
channel = grpc.insecure_channel(gateway)
database = ProtoReflectionDescriptorDatabase(channel)
service = descriptor_pool.DescriptorPool(database).FindServiceByName("inference.GRPCInferenceService")
method = service.methods_by_name["ModelInfer"]
request_class, response_class = (message_factory.GetMessageClass(kind) for kind in (method.input_type, method.output_type))

request = request_class(model_name=model, raw_input_contents=[Path(digits_file).read_bytes()[: 16 * 784]])
request.inputs.add(name="images", datatype="UINT8", shape=[16, 28, 28, 1])
call = channel.unary_unary(f"/{service.full_name}/{method.name}", request_class.SerializeToString, response_class.FromString)
response, metadata = call.with_call(request, timeout=60)
print(json.dumps({
    "services": sorted(database.get_services()),
    "methods": sorted(each.name for each in service.methods),
    "logits": response.raw_output_contents[0].hex(),
    "trailers": {key: value for key, value in metadata.trailing_metadata() if key.startswith("quartet-")},
}))
