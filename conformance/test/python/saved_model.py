"""Runs an exported SavedModel in plain TensorFlow. Usage: saved_model.py FOLDER DIGITS_FILE. Prints logits as JSON."""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

folder, digits_file = sys.argv[1:]
digits = np.frombuffer(Path(digits_file).read_bytes(), np.uint8).reshape(-1, 28, 28, 1)
signature = tf.saved_model.load(folder).signatures["serving_default"]
outputs = signature(images=tf.constant(digits.astype(np.float32) / np.float32(255)))
print(json.dumps({"logits": outputs["logits"].numpy().tolist(), "outputs": sorted(outputs.keys())}))
