"""Makes recurrent.json: outputs, states and all gradients of Keras' recurrent layers, for the tests of src/layers/recurrent."""
import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

BATCH, TIME, FEATURES, UNITS = 3, 11, 4, 3
LENGTHS = [11, 4, 1]
rng = np.random.default_rng(82)


def flat(array):
    return [float(f"{x:.8g}") for x in np.asarray(array, dtype=np.float32).ravel()]


def draw(*shape):
    return tf.constant(rng.normal(size=shape, scale=0.7).astype(np.float32))


def named(layer):
    """[name, variable], named as Quartet names them: those of the forward and the backward layer in a scope each."""
    if isinstance(layer, keras.layers.Bidirectional):
        return [(f"{scope}.{v.name}", v) for scope, part in (("forward", layer.forward_layer), ("backward", layer.backward_layer)) for v in part.weights]
    if isinstance(layer, list):
        return [(f"{i}.{name}", v) for i, part in enumerate(layer) for name, v in named(part)]
    return [(v.name, v) for v in layer.weights]


def case(layer, states, masked=False, initial=False, reverse=False):
    parts = layer if isinstance(layer, list) else [layer]
    x = draw(BATCH, TIME, FEATURES)
    mask = tf.sequence_mask(LENGTHS, TIME) if masked else None
    start = [draw(BATCH, UNITS) for _ in range(states)] if initial else None
    # The first call makes the weights.
    parts[0](x) if len(parts) == 1 else parts[1](parts[0](x)[0])
    weights = named(layer)
    for _, v in weights:
        v.assign(v + draw(*v.shape) * 0.5)
    with tf.GradientTape() as tape:
        tape.watch([x, *(start or [])])
        y, finals = x, []
        for part in parts:
            y, *last = part(y, mask=mask, initial_state=start)
            finals += last
        shown = tf.reverse(y, [1]) if reverse else y
        factors = [draw(*shown.shape), *(draw(*s.shape) for s in finals)]
        loss = tf.add_n([tf.reduce_sum(f * v) for f, v in zip(factors, [shown, *finals])])
    gradients = tape.gradient(loss, [x, *(start or []), *(v.value for _, v in weights)])
    count = len(start or [])
    return {
        "x": flat(x), "lengths": LENGTHS if masked else None, "initial": [flat(s) for s in start] if initial else None, "reverse": reverse,
        "weights": {n: {"shape": list(v.shape), "data": flat(v)} for n, v in weights},
        "outputs": flat(shown), "states": [flat(s) for s in finals], "factors": [flat(f) for f in factors], "loss": float(loss),
        "gradients": {"x": flat(gradients[0]), "initial": [flat(g) for g in gradients[1:1 + count]],
                      "weights": {n: flat(g) for (n, _), g in zip(weights, gradients[1 + count:])}},
    }


L = keras.layers
BOTH = {"return_sequences": True, "return_state": True}
MAKERS = {
    "lstm": (lambda **o: L.LSTM(UNITS, **BOTH, **o), 2),
    "gru": (lambda **o: L.GRU(UNITS, **BOTH, **o), 1),
    "simpleRnn": (lambda **o: L.SimpleRNN(UNITS, **BOTH, **o), 1),
}
cases = {}
for kind, (make, states) in MAKERS.items():
    cases[f"{kind}: plain"] = case(make(), states)
    cases[f"{kind}: masked"] = case(make(), states, masked=True)
    cases[f"{kind}: reverse, masked, initial state, zeros after the end"] = case(
        make(go_backwards=True, zero_output_for_mask=True), states, masked=True, initial=True, reverse=True)
    cases[f"{kind}: bidirectional, masked, initial state"] = case(L.Bidirectional(make()), 2 * states, masked=True, initial=True)
    cases[f"{kind}: stack of two, masked"] = case([make(), make()], states, masked=True)
cases["simpleRnn: relu"] = case(L.SimpleRNN(UNITS, activation="relu", **BOTH), 1)
cases["gru: bidirectional sum"] = case(L.Bidirectional(L.GRU(UNITS, **BOTH), merge_mode="sum"), 2)

shapes = {"batch": BATCH, "time": TIME, "features": FEATURES, "units": UNITS}
lines = [f"  {json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in cases.items()]
text = f'{{"shapes": {json.dumps(shapes)}, "cases": {{\n' + ",\n".join(lines) + "\n}}\n"
(pathlib.Path(__file__).parent / "recurrent.json").write_text(text)
