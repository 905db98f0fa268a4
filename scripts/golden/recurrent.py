"""sequences.json: outputs, states and all gradients of recurrent layers, wrappers and cells over options, masks and lengths.

Inputs and weights are not stored: both sides draw them from one generator, array after array (see `Draws`). Runs on Keras's PyTorch backend,
which walks step by step without compiling.
"""
import base64
import itertools
import os

os.environ["KERAS_BACKEND"] = "torch"

from common import Oracle, camel, camel_keys, keras, np, write  # noqa: E402
import torch  # noqa: E402

L = keras.layers
KINDS = {"simpleRNN": L.SimpleRNN, "lstm": L.LSTM, "gru": L.GRU}
CLASSES = {
    **KINDS, "simpleRNNCell": L.SimpleRNNCell, "lstmCell": L.LSTMCell, "gruCell": L.GRUCell, "rnn": L.RNN, "stackedRNNCells": L.StackedRNNCells,
    "bidirectional": L.Bidirectional, "timeDistributed": L.TimeDistributed, "convLstm1d": L.ConvLSTM1D, "convLstm2d": L.ConvLSTM2D, "embedding": L.Embedding,
    "masking": L.Masking, "dense": L.Dense, "conv1d": L.Conv1D, "flatten": L.Flatten, "activation": L.Activation, "dropout": L.Dropout,
}
# without and with the reset gate behind the product
VARIANTS = [("simpleRNN", {}), ("lstm", {}), ("gru", {}), ("gru", {"reset_after": False})]
MASKS = {"right": ["1111", "1100"], "left": ["0111", "0011"], "holes": ["1011", "0101"], "none of one": ["0000", "1110"]}


class Draws:
    """s ← 1664525 s + 1013904223 (mod 2³²), a number is s / 2³¹ − 1, rounded to float32; each array starts with its own s."""

    def __init__(self, seed):
        self.seed = seed
        self.arrays = 0

    def __call__(self, shape, scale=1.0):
        self.arrays += 1
        s = (self.seed * 7919 + self.arrays * 104729) % 2**32
        values = []
        for _ in range(int(np.prod(shape)) + 3):  # the first three are thrown away
            s = (1664525 * s + 1013904223) % 2**32
            values.append(s / 2**31 - 1)
        return (np.array(values[3:]) * scale).astype("float32").reshape(shape)


def spec(layer, /, **options):
    return {"layer": layer, "options": options}


def build(value):
    """Layers out of specs, anywhere in options."""
    if isinstance(value, dict) and "layer" in value:
        options = {k: build(v) for k, v in value["options"].items()}
        if value["layer"] == "rnn":
            return L.RNN(options.pop("cell"), **options)
        if value["layer"] == "sequential":
            return options["layers"]
        if value["layer"] in ("bidirectional", "timeDistributed"):
            return CLASSES[value["layer"]](options.pop("layer"), **options)
        return CLASSES[value["layer"]](**options)
    return [build(v) for v in value] if isinstance(value, list) else value


def camel_spec(value):
    if isinstance(value, dict) and "layer" in value:
        return {"layer": value["layer"], "options": {camel(k): camel_spec(v) for k, v in value["options"].items()}}
    if isinstance(value, list):
        return [camel_spec(v) for v in value]
    return camel(value) if isinstance(value, str) else value


def grid():
    """Every option of the three layers against every other."""
    for (kind, own), sequences, backwards, mask, states in itertools.product(VARIANTS, (False, True), (False, True), (None, *MASKS), (False, True)):
        options = {"units": 3, **own, "return_sequences": sequences, "go_backwards": backwards, "return_state": states}
        # Where a first step is masked, Keras's backends differ: on JAX, as here, the output is the given state, elsewhere zero.
        if states and mask and (backwards or mask != "right"):
            continue
        yield spec(kind, **options), (2, 4, 2), {"mask": mask, "states": (2 if kind == "lstm" else 1) if states else 0}


def lengths():
    for (kind, own), (batch, time, features, units) in itertools.product(VARIANTS, [(1, 1, 1, 1), (3, 2, 3, 8), (5, 7, 4, 9), (2, 16, 8, 5), (9, 3, 1, 17)]):
        yield spec(kind, units=units, **own), (batch, time, features), {}
    for (kind, own), sequences in itertools.product(VARIANTS, (False, True)):
        yield spec(kind, units=3, **own, return_sequences=sequences, use_bias=False), (2, 4, 2), {}
        yield spec(kind, units=3, **own, return_sequences=sequences), (2, 4, 2), {"mask": "right"}
    for kind, own in VARIANTS:
        yield spec(kind, units=4, **own), (2, 200, 3), {}
        yield spec(kind, units=4, **own), (2, 200, 3), {"lengths": [200, 131]}


def activations():
    names = ["relu", "linear", "hard_sigmoid", "elu", "softsign", "gelu"]
    for (kind, own), name in itertools.product(VARIANTS, names):
        yield spec(kind, units=3, activation=name, **own), (2, 4, 2), {}
    for (kind, own), name in itertools.product(VARIANTS[1:], ["hard_sigmoid", "tanh", "linear", "softplus"]):
        yield spec(kind, units=3, recurrent_activation=name, return_sequences=True, **own), (2, 4, 2), {"mask": "right"}
    for kind, own in VARIANTS:
        yield spec(kind, units=3, activation="softsign", return_sequences=True, zero_output_for_mask=True, **own), (2, 4, 2), {"mask": "holes"}
        yield spec(kind, units=3, return_sequences=True, zero_output_for_mask=True, **own), (2, 4, 2), {"mask": "left"}
    yield spec("lstm", units=3, unit_forget_bias=False, activation="relu", recurrent_activation="hard_sigmoid", go_backwards=True), (2, 4, 2), {}


def cells():
    cell = {kind: lambda units, kind=kind, own=own, **more: spec(f"{kind}Cell", units=units, **own, **more) for kind, own in VARIANTS[:3]}
    for kind, count in (("simpleRNN", 1), ("lstm", 2), ("gru", 1)):
        yield cell[kind](3), (2, 4), {"cell": count}
        yield cell[kind](3, use_bias=False, activation="relu"), (3, 2), {"cell": count}
    yield spec("gruCell", units=3, reset_after=False), (3, 2), {"cell": 1}
    for kind, sequences, mask in itertools.product(("simpleRNN", "lstm", "gru"), (False, True), (None, "right", "left")):
        yield spec("rnn", cell=cell[kind](3), return_sequences=sequences), (2, 4, 2), {"mask": mask}
    stacks = [[("lstm", 3), ("lstm", 2)], [("gru", 2), ("simpleRNN", 3)], [("lstm", 2), ("gru", 3), ("lstm", 4)], [("simpleRNN", 3)]]
    for stack, sequences, mask in itertools.product(stacks, (False, True), (None, "right")):
        yield spec("rnn", cell=[cell[kind](units) for kind, units in stack], return_sequences=sequences), (2, 4, 2), {"mask": mask}
    yield spec("rnn", cell=spec("stackedRNNCells", cells=[cell["gru"](2), cell["lstm"](3)]), go_backwards=True), (2, 4, 2), {}


def wrappers():
    for kind, merge, sequences, mask in itertools.product(("simpleRNN", "lstm", "gru"), ("concat", "sum", "mul", "ave", None), (False, True), (None, "right", "holes")):
        if mask == "holes" and merge != "concat":
            continue
        yield spec("bidirectional", layer=spec(kind, units=2, return_sequences=sequences), merge_mode=merge), (2, 4, 2), {"mask": mask}
    for kind, count in (("lstm", 4), ("gru", 2)):
        yield spec("bidirectional", layer=spec(kind, units=2, return_state=True)), (2, 4, 2), {}
        yield spec("bidirectional", layer=spec(kind, units=2, return_state=True, return_sequences=True), merge_mode="sum"), (2, 4, 2), {"states": count}
    yield spec("bidirectional", layer=spec("lstm", units=2), backward_layer=spec("gru", units=3, go_backwards=True)), (2, 4, 2), {}
    yield spec("bidirectional", layer=spec("rnn", cell=spec("lstmCell", units=2), return_sequences=True)), (2, 4, 2), {}
    for layer, shape in [
        (spec("dense", units=3, activation="relu"), (2, 4, 2)), (spec("conv1d", filters=2, kernel_size=2), (2, 3, 4, 2)),
        (spec("flatten"), (2, 3, 2, 2)), (spec("lstm", units=2), (2, 3, 4, 2)), (spec("dense", units=2, use_bias=False), (2, 3, 2, 2)),
    ]:
        yield spec("timeDistributed", layer=layer), shape, {}


def convolutional():
    for kind, shape in (("convLstm1d", (2, 3, 5, 2)), ("convLstm2d", (1, 3, 4, 5, 2))):
        for options in (
            {}, {"return_sequences": True}, {"padding": "same"}, {"padding": "same", "strides": 2, "return_sequences": True}, {"dilation_rate": 2, "padding": "same"},
            {"use_bias": False, "go_backwards": True, "return_sequences": True}, {"activation": "relu", "recurrent_activation": "hard_sigmoid"},
            {"return_state": True, "padding": "same"}, {"kernel_size": 1},
        ):
            yield spec(kind, **{"filters": 2, "kernel_size": 2, **options}), shape, {}
    yield spec("convLstm2d", filters=2, kernel_size=[2, 3], padding="same", return_sequences=True), (2, 4, 3, 4, 1), {"mask": "right"}


def stacks():
    embedding = spec("embedding", input_dim=7, output_dim=3, mask_zero=True)
    yield spec("embedding", input_dim=7, output_dim=3), (2, 4), {"indices": 7}
    yield spec("embedding", input_dim=7, output_dim=5), (3,), {"indices": 7}
    yield spec("embedding", input_dim=5, output_dim=1), (2, 2, 3), {"indices": 5}
    for kind, own in VARIANTS:
        for layer in (spec(kind, units=2, **own), spec(kind, units=2, return_sequences=True, **own), spec("bidirectional", layer=spec(kind, units=2, **own))):
            yield spec("sequential", layers=[embedding, layer]), (3, 5), {"indices": 7}
    yield spec("sequential", layers=[embedding, spec("lstm", units=3, return_sequences=True), spec("gru", units=2)]), (3, 5), {"indices": 7}
    yield spec("sequential", layers=[embedding, spec("dense", units=3, activation="tanh"), spec("activation", activation="relu"), spec("gru", units=2)]), (3, 5), {"indices": 7}
    yield spec("sequential", layers=[embedding, spec("timeDistributed", layer=spec("dense", units=3)), spec("simpleRNN", units=2)]), (3, 5), {"indices": 7}
    yield spec("sequential", layers=[embedding, spec("conv1d", filters=3, kernel_size=2), spec("lstm", units=2)]), (3, 5), {"indices": 7}
    for value in (0.0, -1.0):
        yield spec("masking", mask_value=value), (2, 4, 2), {"fill": value}
        for kind, own in VARIANTS:
            yield spec("sequential", layers=[spec("masking", mask_value=value), spec(kind, units=2, **own)]), (2, 4, 2), {"fill": value}


def mask_of(how, shape):
    if "lengths" in how:
        return np.array([[step < n for step in range(shape[1])] for n in how["lengths"]])
    if how.get("mask"):
        return np.array([[c == "1" for c in row] for row in MASKS[how["mask"]]])[: shape[0]]
    return None


def case(oracle, number, given, shape, how):
    mask = mask_of(how, shape)
    made = {}

    def run(cast):
        draw = Draws(number)
        x = draw(shape)
        if "indices" in how:
            x = np.minimum(np.floor((x.astype("float64") + 1) / 2 * how["indices"]), how["indices"] - 1).astype("int32")
        if "fill" in how:
            x[0, 1:3], x[1, 0], x[1, 2, 0] = how["fill"], how["fill"], how["fill"]
        layers = build(given)
        layers = layers if isinstance(layers, list) else [layers]

        def tensor(array, grad=True):
            return torch.tensor(cast(array), requires_grad=grad and array.dtype.kind == "f")

        inputs = tensor(x)
        cell = how.get("cell")
        states = [None] * (cell or how.get("states", 0))
        keywords = {"mask": torch.tensor(mask)} if mask is not None else {}
        # built by a first call; then the weights of the generator
        first = layers[0]
        units = getattr(getattr(first, "forward_layer", first), "units", 0)
        states = [tensor(draw((shape[0], units))) for _ in states]
        if cell:
            call = lambda: first(inputs, states)
        else:
            if states:
                keywords["initial_state"] = states

            def call():
                y = first(inputs, **keywords)
                for layer in layers[1:]:
                    y = layer(y)
                return y

        call()
        variables = [v for layer in layers for v in layer.weights]
        for variable in variables:
            variable.assign(cast(draw(tuple(variable.shape), 0.6)))
        outputs = call()
        outputs = [o for part in (outputs if isinstance(outputs, (list, tuple)) else [outputs]) for o in flat(part)]
        loss = sum((o * tensor(draw(tuple(o.shape)), False)).sum() for o in outputs)
        leaves = [*([inputs] if "indices" not in how else []), *states, *[v.value for v in variables]]
        grads = torch.autograd.grad(loss, leaves, allow_unused=True)
        made["shapes"] = [list(o.shape) for o in outputs]
        return {
            "y": [o.detach().numpy() for o in outputs],
            "grads": [np.zeros(tuple(leaf.shape)) .astype(str(leaf.detach().numpy().dtype)) if g is None else g.numpy() for g, leaf in zip(grads, leaves)],
        }

    found = oracle(f"{given} {shape} {how}", run)
    together = lambda arrays: base64.b64encode(np.concatenate([a.astype("<f4").ravel() for a in arrays]).tobytes()).decode()
    rest = {key: how[key] for key in ("indices", "fill", "states", "cell") if key in how and how[key] != (0 if key == "states" else None)}
    return {
        **camel_spec(given), "seed": number, "x": list(shape), **rest,
        **({"mask": ["".join("01"[int(v)] for v in row) for row in mask]} if mask is not None else {}),
        "shapes": made["shapes"], "y": together(found["y"]), "grads": together(found["grads"]),
    }


def flat(part):
    return [o for each in part for o in flat(each)] if isinstance(part, (list, tuple)) else [part]


def main():
    oracle = Oracle(4e-5)
    rows = [row for group in (grid, lengths, activations, cells, wrappers, convolutional, stacks) for row in group()]
    seen = set()
    cases = []
    for number, (given, shape, how) in enumerate(rows, 1):
        key = repr((given, shape, how))
        if key not in seen:
            cases.append(case(oracle, number, given, shape, how))
        seen.add(key)
    write("sequences", oracle, cases)


if __name__ == "__main__":
    main()
