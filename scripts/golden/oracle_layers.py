"""Layers where the other golden files do not go: masks, wrappers, options of recurrent layers, regularizers of weights and outputs, activations."""
import keras
from common import camel_keys, np
from oracle_inputs import Spec, choose, some, subset, values_of

ACTIVATIONS = ("relu", "sigmoid", "elu", "softsign", "linear")
RECURRENT = {
    "SimpleRNN": {"activation": ACTIVATIONS}, "LSTM": {"activation": ACTIVATIONS, "recurrent_activation": ("hard_sigmoid", "tanh"), "unit_forget_bias": (False,)},
    "GRU": {"activation": ACTIVATIONS, "recurrent_activation": ("hard_sigmoid", "tanh"), "reset_after": (False,)},
}
SEQUENCE = {"use_bias": (False,), "return_sequences": (True,), "go_backwards": (True,), "zero_output_for_mask": (True,)}
REGULARIZERS = {"kernel_regularizer": ("l1", "l2"), "bias_regularizer": ("l1", "l2"), "activity_regularizer": ("l1", "l2")}
PLAIN = {
    "Dense": ({"use_bias": (False,), "activation": ("relu", "tanh", "softmax", "gelu", "selu"), **REGULARIZERS}, {"units": (2, 5)}, ((3, 4), (2, 3, 4), (5, 1))),
    "ActivityRegularization": ({"l1": (0.1,), "l2": (0.2,)}, {}, ((3, 4), (2, 3, 4))),
    "LayerNormalization": ({"epsilon": (1e-2,), "center": (False,), "scale": (False,)}, {}, ((3, 4), (2, 3, 4))),
    "GroupNormalization": ({"epsilon": (1e-2,), "center": (False,), "scale": (False,)}, {"groups": (1, 2, 4)}, ((3, 4), (2, 3, 4))),
    "LeakyReLU": ({"negative_slope": (0.1,)}, {}, ((3, 4),)),
    "ELU": ({"alpha": (0.5,)}, {}, ((3, 4),)),
    "PReLU": ({"shared_axes": ([1],)}, {}, ((2, 3, 4), (3, 4))),
    "Softmax": ({"axis": (-1, 1)}, {}, ((3, 4), (2, 3, 4))),
    "ReLU": ({"max_value": (1.0,), "negative_slope": (0.1,), "threshold": (0.2,)}, {}, ((3, 4),)),
    "Activation": ({}, {"activation": ("relu", "softplus", "hard_silu", "mish", "log_softmax")}, ((3, 4),)),
    "Embedding": ({}, {"input_dim": (5,), "output_dim": (2, 3)}, ((4,), (2, 3))),
    "RepeatVector": ({}, {"n": (2, 3)}, ((3, 4),)),
    "ZeroPadding1D": ({"padding": (2, [1, 0])}, {}, ((2, 3, 4),)),
    "Cropping1D": ({"cropping": ([1, 0], [0, 1])}, {}, ((2, 3, 4),)),
    "UpSampling1D": ({"size": (2, 3)}, {}, ((2, 3, 4),)),
    "GlobalAveragePooling1D": ({"keepdims": (True,)}, {}, ((2, 3, 4),)),
    "GlobalMaxPooling1D": ({"keepdims": (True,)}, {}, ((2, 3, 4),)),
    "MaxPooling1D": ({"strides": (1, 2), "padding": ("same",)}, {"pool_size": (2, 3)}, ((2, 5, 3),)),
    "AveragePooling1D": ({"strides": (1, 2)}, {"pool_size": (2, 3)}, ((2, 5, 3),)),  # same padding: Keras on torch counts what on JAX it does not
}
EACH = {"plain": 12, "recurrent": 48, "wrapped": 80}


def recurrent(rng, kind):
    return {"units": choose(rng, 2, 3), **subset(rng, RECURRENT[kind], 0.3), **subset(rng, SEQUENCE, 0.35)}


def plain():
    for kind, (table, needed, shapes) in PLAIN.items():
        for _ in range(EACH["plain"]):
            yield kind, table, needed, shapes


def layer_of(config):
    """A layer from {"layer", "options"}, whose options may hold a layer."""
    options = {key: layer_of(value) if isinstance(value, dict) and "layer" in value else value for key, value in config["options"].items()}
    return getattr(keras.layers, config["layer"])(**options)


def camel_config(config):
    return {"layer": config["layer"], "options": {key: camel_config(value) if isinstance(value, dict) else value for key, value in camel_keys(config["options"]).items()}}


def compute(config, training=False):
    def run(drawn, cast):
        x, mask, weights = drawn[0], None, drawn[1:]
        if config.get("masked"):
            mask, weights = keras.ops.cast(keras.ops.convert_to_tensor(drawn[1]), "bool"), drawn[2:]
        layer = layer_of(config)
        layer.build(x.shape)
        layer.set_weights(weights)
        whole = config["layer"] == "Embedding"
        x = keras.ops.convert_to_tensor(x)
        if not whole:
            x = x.detach().clone().requires_grad_()
        y = layer(x, **({"mask": mask} if mask is not None else {}))
        total = (y * y).sum() + sum(layer.losses)
        total.backward()
        gradients = ([] if whole else [values_of(x.grad)]) + [np.zeros(w.shape, keras.config.floatx()) if w.value.grad is None else values_of(w.value.grad) for w in layer.trainable_weights]
        return {"y": values_of(y), "gradients": gradients, "penalty": np.asarray(values_of(sum(layer.losses)) if layer.losses else 0.0, keras.config.floatx())}

    return run


def made(config, shape, masked=False):
    """Weights are drawn by their shapes, which only a built layer knows."""
    layer = layer_of(config)
    layer.build(tuple(shape))
    x = ["ints", list(shape), 0, 5] if config["layer"] == "Embedding" else ["normal", list(shape)]
    inputs = [x, *([["bits", list(shape[:2])]] if masked else []), *(["normal", list(w.shape), 0.5] for w in layer.weights)]
    data = {**camel_config(config), "inputs": inputs, **({"masked": True} if masked else {})}
    return Spec(data, compute({**config, "masked": masked}))


def cases(rng):
    for kind, table, needed, shapes in plain():
        options = {**{name: choose(rng, *values) for name, values in needed.items()}, **subset(rng, table)}
        yield made({"layer": kind, "options": options}, choose(rng, *shapes))
    for kind in RECURRENT:
        for _ in range(EACH["recurrent"]):
            yield made({"layer": kind, "options": recurrent(rng, kind)}, (3, choose(rng, 1, 4), 2), some(rng))
    for _ in range(EACH["wrapped"]):
        kind = choose(rng, *RECURRENT)
        inner = {"layer": kind, "options": {key: value for key, value in recurrent(rng, kind).items() if key not in ("go_backwards", "zero_output_for_mask")}}
        yield made({"layer": "Bidirectional", "options": {"layer": inner, "merge_mode": choose(rng, "concat", "sum", "mul", "ave")}}, (3, 4, 2), some(rng))
    for _ in range(EACH["plain"] * 2):
        inner = {"layer": "Dense", "options": {"units": choose(rng, 2, 3), **subset(rng, {"activation": ACTIVATIONS, "use_bias": (False,)})}}
        yield made({"layer": "TimeDistributed", "options": {"layer": inner}}, choose(rng, (2, 3, 4), (2, 2, 3, 2)))
