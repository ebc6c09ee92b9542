"""The SavedModel in Triton's Python backend: the requests that the dynamic batcher hands over are run as one batch."""

import json

import numpy as np
import triton_python_backend_utils as backend
from saved_model import SavedModel


class TritonPythonModel:
    def initialize(self, args):
        parameters = json.loads(args["model_config"])["parameters"]
        self._saved_model = SavedModel(parameters["saved_model"]["string_value"])

    def execute(self, requests):
        inputs = [backend.get_input_tensor_by_name(request, "images").as_numpy() for request in requests]
        outputs = self._saved_model(inputs[0] if len(inputs) == 1 else np.concatenate(inputs))
        responses, start = [], 0
        for images in inputs:
            end = start + len(images)
            responses.append(backend.InferenceResponse([backend.Tensor(name, values[start:end]) for name, values in outputs.items()]))
            start = end
        return responses
