"""The SavedModel that Quartet exported, run by TensorFlow: what both peers serve."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

OUTPUTS = ("logits", "probabilities")
# As Quartet does before it says that it serves.
WARM_UP = (1, 8, 32)


class SavedModel:
    """Loaded and warmed up."""

    def __init__(self, folder):
        self._model = tf.saved_model.load(folder)
        self._run = self._model.signatures["serving_default"]
        for size in WARM_UP:
            self(np.zeros([size, 28, 28, 1], np.float32))

    def __call__(self, images):
        """images: float32 [batch, 28, 28, 1] in 0..1. Returns logits and probabilities, float32 [batch, 10], by name."""
        results = self._run(images=tf.constant(images))
        return {name: results[name].numpy() for name in OUTPUTS}
