"""What plain TensorFlow makes of the images. Usage: reference.py SAVED_MODEL_FOLDER IMAGES_FILE OUTPUT_FILE (.npz)."""

import sys

import numpy as np
from saved_model import SavedModel

folder, images_file, output_file = sys.argv[1:]
images = np.fromfile(images_file, np.uint8).reshape(-1, 28, 28, 1).astype(np.float32) / np.float32(255)
np.savez(output_file, images=images, **SavedModel(folder)(images))
