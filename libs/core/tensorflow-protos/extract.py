"""Writes the descriptors of TensorFlow's SavedModel protos, as the wheel has them, to saved_model.binpb beside this file.

Run with a Python that has tensorflow installed; then `nx run core:generate` makes the TypeScript from it.
"""
import pathlib

from google.protobuf import descriptor_pb2
from tensorflow.core.protobuf import saved_model_pb2

files = {}


def add(descriptor):
    if descriptor.name in files:
        return
    for dependency in descriptor.dependencies:
        add(dependency)
    files[descriptor.name] = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(files[descriptor.name])


add(saved_model_pb2.DESCRIPTOR)
image = descriptor_pb2.FileDescriptorSet(file=files.values())
pathlib.Path(__file__).with_name("saved_model.binpb").write_bytes(image.SerializeToString(deterministic=True))
