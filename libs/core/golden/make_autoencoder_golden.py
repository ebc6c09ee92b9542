"""Golden numbers of the autoencoder's references, by NumPy: see README.md."""
import json
import numpy as np

rng = np.random.default_rng(5)

data = np.clip(0.5 + 0.2 * rng.standard_normal((60, 4)) @ rng.standard_normal((4, 12)) + 0.05 * rng.standard_normal((60, 12)), 0, 1).astype(np.float32)
mean = data.mean(0)
_, _, directions = np.linalg.svd(data - mean, full_matrices=False)
rebuilt = np.clip((data - mean) @ directions[:3].T @ directions[:3] + mean, 0, 1)

latent = (rng.standard_normal((200, 5)) * [2, 1, 0.5, 0.05, 0.01]).astype(np.float32)
eigenvalues = np.linalg.eigvalsh(np.cov(latent, rowvar=False, bias=True))

image = rng.random((1, 9, 7, 1)).astype(np.float32)
deviation, radius = 1.3, 4
weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
blurred = np.zeros((9, 7))
for y in range(9):
    for x in range(7):
        total = 0
        for dy in range(-radius, radius + 1):
            for dx in range(-radius, radius + 1):
                if 0 <= y + dy < 9 and 0 <= x + dx < 7:
                    weight = weights[dy + radius] * weights[dx + radius]
                    blurred[y, x] += weight * image[0, y + dy, x + dx, 0]
                    total += weight
        blurred[y, x] /= total

numbers = lambda array: np.asarray(array, dtype=np.float64).round(7).ravel().tolist()
print(json.dumps({
    'pca': {'data': numbers(data), 'size': 12, 'components': 3, 'rebuilt': numbers(rebuilt)},
    'latent': {'values': numbers(latent), 'size': 5, 'rank': float(eigenvalues.sum() ** 2 / (eigenvalues ** 2).sum()), 'active': int((latent.var(0) > 0.01).sum())},
    'blur': {'image': numbers(image), 'deviation': deviation, 'blurred': numbers(blurred)},
}))
