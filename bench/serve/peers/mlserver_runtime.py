"""MLServer's runtime for the SavedModel: MLServer's own runtimes have none for TensorFlow."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse
from saved_model import SavedModel


class SavedModelRuntime(MLModel):
    async def load(self):
        self._saved_model = SavedModel(self.settings.parameters.uri)
        return True

    async def predict(self, payload):
        outputs = self._saved_model(NumpyCodec.decode_input(payload.inputs[0]))
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output(name, values) for name, values in outputs.items()])
