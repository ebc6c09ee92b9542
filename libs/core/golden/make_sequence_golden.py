"""Makes sequence.json: TensorFlow's CTC loss and decoders, Keras' smoothed cross entropy and attention, log-mel frames of tf.signal."""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(6)


def flat(array):
    return [float(f"{x:.8g}") for x in np.asarray(array).ravel()]


def draw(*shape, scale=1.0):
    return rng.normal(size=shape, scale=scale).astype(np.float32)


def ctc():
    """Logits [time, batch, classes], the last class the blank; the last example has equal labels in a row, the third is all frames."""
    time, batch, classes = 9, 4, 5
    logits = tf.constant(draw(time, batch, classes, scale=2.0))
    labels = [[0, 1, 2], [3], [1, 2, 3, 0, 2], [2, 2, 0, 0]]
    frames = np.array([9, 5, 9, 7], np.int32)
    dy = draw(batch)
    indices = [(b, i) for b, row in enumerate(labels) for i in range(len(row))]
    sparse = tf.SparseTensor(indices, np.array([x for row in labels for x in row], np.int32), [batch, 5])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.nn.ctc_loss(sparse, logits, None, frames, logits_time_major=True, blank_index=classes - 1)
        total = tf.reduce_sum(loss * dy)
    greedy, _ = tf.nn.ctc_greedy_decoder(logits, frames, merge_repeated=True)
    beams = [tf.nn.ctc_beam_search_decoder(logits, frames, beam_width=100, top_paths=3)]
    dense = [tf.sparse.to_dense(path, default_value=-1).numpy() for path in beams[0][0]]
    rows = lambda matrix: [[int(x) for x in row if x >= 0] for row in matrix]
    return {
        "shape": [time, batch, classes], "logits": flat(logits), "labels": labels, "frames": frames.tolist(), "dy": flat(dy), "loss": flat(loss),
        "gradient": flat(tape.gradient(total, logits)), "greedy": rows(tf.sparse.to_dense(greedy[0], default_value=-1).numpy()),
        "beams": [rows(path) for path in dense], "logProbabilities": [flat(row) for row in beams[0][1]],
    }


def smoothing():
    logits, labels, dy = tf.constant(draw(2, 3, 4)), np.array([[0, 3, 1], [2, 2, 0]]), draw(2, 3)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, reduction=None)(keras.ops.one_hot(labels, 4), logits)
        total = tf.reduce_sum(loss * dy)
    return {"logits": flat(logits), "labels": labels.tolist(), "dy": flat(dy), "loss": flat(loss), "gradient": flat(tape.gradient(total, logits))}


def attention():
    """Scores of Luong (dot) and Bahdanau (additive), three queries over five keys, of which the second example has three."""
    queries, memory, lengths = tf.constant(draw(2, 3, 4)), tf.constant(draw(2, 5, 4)), [5, 3]
    mask = tf.sequence_mask(lengths, 5)
    scale = draw(4)
    result = {"queries": flat(queries), "memory": flat(memory), "lengths": lengths, "scale": flat(scale), "cases": {}}
    dot, additive = keras.layers.Attention(), keras.layers.AdditiveAttention()
    additive.build([(2, 3, 4), (2, 5, 4)])
    additive.set_weights([scale])
    for name, layer in (("luong", dot), ("bahdanau", additive)):
        factor = tf.constant(draw(2, 3, 4))
        with tf.GradientTape() as tape:
            tape.watch([queries, memory])
            context, weights = layer([queries, memory], mask=[None, mask], return_attention_scores=True)
            total = tf.reduce_sum(context * factor)
        result["cases"][name] = {"context": flat(context), "weights": flat(weights), "factor": flat(factor),
                                 "gradients": [flat(g) for g in tape.gradient(total, [queries, memory])]}
    return result


def log_mel():
    """Two tones and noise at 8 kHz. @returns frames by tf.signal, in double precision."""
    t = np.arange(1000) / 8000
    samples = (0.5 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 1800 * t + 1) + 0.01 * rng.normal(size=1000)).astype(np.float32)
    spectrum = tf.abs(tf.signal.stft(tf.cast(samples, tf.float64), 200, 80, 256)) ** 2
    matrix = tf.signal.linear_to_mel_weight_matrix(40, 129, 8000, 20, 4000, dtype=tf.float64)
    return {"samples": flat(samples), "frames": flat(tf.math.log(spectrum @ matrix + 1e-6)), "count": int(spectrum.shape[0])}


result = {"ctc": ctc(), "smoothing": smoothing(), "attention": attention(), "logMel": log_mel()}
(pathlib.Path(__file__).parent / "sequence.json").write_text(json.dumps(result) + "\n")
