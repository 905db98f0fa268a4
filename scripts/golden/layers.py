"""layers.json, convolution.json, recurrent.json: the output of a layer for given weights, and the gradients to its input and weights."""
import sys

from common import Oracle, camel_keys, jax, keras, normal, np, pack, random, write

# class, options, input shapes (with the batch)
CORE = [
    ("Dense", {"units": 5}, [(4, 7)]),
    ("Dense", {"units": 5, "use_bias": False}, [(4, 7)]),
    *[("Dense", {"units": 6, "activation": activation}, [(4, 7)]) for activation in ("relu", "tanh", "sigmoid", "softmax", "gelu", "elu", "softplus", "silu")],
    ("Dense", {"units": 1, "activation": "sigmoid"}, [(4, 1)]),
    ("Dense", {"units": 5}, [(2, 3, 7)]),
    ("Dense", {"units": 5, "activation": "softmax", "use_bias": False}, [(2, 3, 7)]),
    ("Dense", {"units": 5, "activation": "relu"}, [(2, 3, 2, 7)]),
    ("Activation", {"activation": "tanh"}, [(3, 5)]),
    ("Activation", {"activation": "softmax"}, [(2, 3, 5)]),
    ("Flatten", {}, [(2, 3, 4)]),
    ("Flatten", {}, [(4, 3)]),
    ("Flatten", {}, [(4,)]),
    ("Flatten", {"data_format": "channels_first"}, [(2, 3, 4, 2)]),
    ("Reshape", {"target_shape": [2, 6]}, [(2, 3, 4)]),
    ("Reshape", {"target_shape": [-1, 2, 2]}, [(2, 3, 4)]),
    ("Permute", {"dims": [2, 1]}, [(2, 3, 4)]),
    ("Permute", {"dims": [3, 1, 2]}, [(2, 3, 4, 2)]),
    ("RepeatVector", {"n": 3}, [(2, 5)]),
    ("Dropout", {"rate": 0.5}, [(3, 5)]),
    ("Identity", {}, [(3, 5)]),
]
ACTIVATIONS = [
    ("ReLU", {}, [(3, 8)]),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, [(3, 8)]),
    ("LeakyReLU", {}, [(3, 8)]),
    ("LeakyReLU", {"negative_slope": 0.1}, [(3, 8)]),
    ("ELU", {}, [(3, 8)]),
    ("ELU", {"alpha": 0.5}, [(3, 8)]),
    ("PReLU", {}, [(3, 8)]),
    ("PReLU", {"shared_axes": [1]}, [(2, 3, 5)]),
    ("Softmax", {}, [(3, 8)]),
    ("Softmax", {"axis": 1}, [(2, 3, 5)]),
]
MERGING = [
    *[(kind, {}, [(3, 5)] * 3) for kind in ("Add", "Multiply", "Average", "Maximum", "Minimum")],
    ("Subtract", {}, [(3, 5)] * 2),
    ("Add", {}, [(3, 4, 5), (3, 1, 5)]),
    ("Multiply", {}, [(3, 4, 5), (3, 5)]),
    ("Concatenate", {}, [(3, 5), (3, 2), (3, 1)]),
    ("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 1, 4)]),
    ("Dot", {"axes": 1}, [(3, 5), (3, 5)]),
    ("Dot", {"axes": 1, "normalize": True}, [(3, 5), (3, 5)]),
    ("Dot", {"axes": [2, 1]}, [(2, 3, 5), (2, 5, 4)]),
]
NORMALIZATION = [
    ("BatchNormalization", {}, [(6, 5)]),
    ("BatchNormalization", {"training": True}, [(6, 5)]),
    ("BatchNormalization", {"training": True, "momentum": 0.7, "epsilon": 0.01}, [(3, 4, 2, 5)]),
    ("BatchNormalization", {"training": True, "axis": 1, "scale": False}, [(3, 4, 5)]),
    ("BatchNormalization", {"center": False}, [(3, 4, 2, 5)]),
    ("LayerNormalization", {}, [(4, 9)]),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 1e-5}, [(3, 4, 5)]),
    ("LayerNormalization", {"center": False, "scale": False}, [(2, 3, 7)]),
    ("RMSNormalization", {}, [(4, 9)]),
    ("GroupNormalization", {"groups": 3}, [(2, 4, 6)]),
    ("GroupNormalization", {"groups": -1}, [(2, 3, 3, 4)]),
    ("UnitNormalization", {}, [(4, 9)]),
]
SHAPES = [
    ("ZeroPadding1D", {"padding": [1, 2]}, [(2, 3, 4)]),
    ("ZeroPadding2D", {"padding": [[1, 0], [2, 1]]}, [(2, 3, 4, 2)]),
    ("Cropping1D", {"cropping": [1, 1]}, [(2, 5, 3)]),
    ("Cropping2D", {"cropping": [[1, 0], [1, 2]]}, [(2, 4, 5, 2)]),
    ("UpSampling1D", {"size": 3}, [(2, 3, 4)]),
    ("UpSampling2D", {"size": [2, 3]}, [(2, 3, 2, 2)]),
    ("UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}, [(2, 3, 4, 2)]),
]
CONVOLUTION = [
    ("Conv1D", {"filters": 5, "kernel_size": 3}, [(2, 9, 4)]),
    ("Conv1D", {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"}, [(2, 9, 4)]),
    ("Conv1D", {"filters": 5, "kernel_size": 3, "dilation_rate": 2, "padding": "causal", "use_bias": False}, [(2, 9, 4)]),
    ("Conv1D", {"filters": 4, "kernel_size": 2, "groups": 2}, [(2, 6, 4)]),
    ("Conv2D", {"filters": 5, "kernel_size": 3}, [(2, 6, 7, 3)]),
    ("Conv2D", {"filters": 5, "kernel_size": [3, 2], "strides": [2, 1], "padding": "same", "activation": "tanh"}, [(2, 6, 7, 3)]),
    ("Conv2D", {"filters": 5, "kernel_size": 3, "strides": 2, "padding": "same"}, [(2, 7, 8, 3)]),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, [(1, 7, 7, 2)]),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2}, [(2, 5, 5, 4)]),
    ("Conv2D", {"filters": 7, "kernel_size": 1, "use_bias": False}, [(2, 4, 4, 5)]),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "data_format": "channels_first"}, [(2, 3, 6, 5)]),
    ("Conv2D", {"filters": 4, "kernel_size": 5, "padding": "same"}, [(1, 3, 4, 2)]),
    ("Conv3D", {"filters": 3, "kernel_size": 2, "strides": [1, 2, 1], "padding": "same"}, [(1, 4, 5, 4, 2)]),
    ("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2}, [(2, 5, 4)]),
    ("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}, [(2, 5, 4)]),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 3}, [(2, 4, 5, 2)]),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": [3, 4], "strides": [2, 3], "padding": "same", "activation": "relu"}, [(2, 4, 3, 2)]),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 1, "padding": "same"}, [(1, 4, 5, 2)]),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 2, "strides": 3}, [(1, 4, 3, 2)]),
    ("DepthwiseConv1D", {"kernel_size": 3, "padding": "same"}, [(2, 7, 4)]),
    ("DepthwiseConv2D", {"kernel_size": 3}, [(2, 5, 6, 4)]),
    ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2, "activation": "relu"}, [(2, 5, 6, 3)]),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "depth_multiplier": 2}, [(2, 7, 3)]),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}, [(2, 5, 5, 3)]),
]
POOLING = [
    ("MaxPooling1D", {}, [(2, 7, 3)]),
    ("MaxPooling2D", {}, [(2, 5, 6, 3)]),
    ("MaxPooling3D", {}, [(1, 4, 5, 4, 2)]),
    *[
        (f"{kind}Pooling{n}D", options, [shape])
        for kind in ("Max", "Average")
        for n, options, shape in (
            (1, {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 8, 3)),
            (2, {"pool_size": 2}, (2, 5, 6, 3)),
            (2, {"pool_size": [3, 2], "strides": [2, 1], "padding": "same"}, (2, 5, 6, 3)),
            (2, {"pool_size": 3, "strides": 2}, (1, 7, 7, 2)),
            (3, {"pool_size": 2, "padding": "same"}, (1, 3, 5, 4, 2)),
        )
    ],
    *[(f"Global{kind}Pooling{n}D", {}, [shape]) for kind in ("Max", "Average") for n, shape in ((1, (2, 5, 3)), (2, (2, 3, 4, 3)))],
    ("GlobalAveragePooling2D", {"keepdims": True}, [(2, 3, 4, 3)]),
]
RECURRENT = [
    *[
        (kind, {"units": 5, **options}, [(3, 6, 4)])
        for kind in ("SimpleRNN", "LSTM", "GRU")
        for options in ({}, {"return_sequences": True}, {"return_sequences": True, "go_backwards": True, "use_bias": kind == "GRU"})
    ],
    ("GRU", {"units": 5, "reset_after": False, "use_bias": False}, [(3, 6, 4)]),
    ("GRU", {"units": 5, "reset_after": False}, [(3, 6, 4)]),
    ("GRU", {"units": 5, "reset_after": False, "return_sequences": True}, [(3, 6, 4)]),
    ("LSTM", {"units": 5, "activation": "relu", "recurrent_activation": "hard_sigmoid"}, [(3, 6, 4)]),
    ("SimpleRNN", {"units": 5, "activation": "relu"}, [(3, 6, 4)]),
]
EMBEDDING = [("Embedding", {"input_dim": 9, "output_dim": 4}, [(3, 5)]), ("Embedding", {"input_dim": 9, "output_dim": 4}, [(7,)])]
ATTENTION = [
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}, [(2, 4, 5), (2, 6, 5)]),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "output_shape": 7, "use_bias": False}, [(2, 4, 5), (2, 6, 5)]),
    ("Attention", {}, [(2, 4, 5), (2, 6, 5)]),
    ("Attention", {"use_scale": True}, [(2, 4, 5), (2, 6, 5)]),
    ("AdditiveAttention", {}, [(2, 4, 5), (2, 6, 5)]),
]


def class_name(kind):
    """The factory: Keras's class name with a small first letter, as tfjs writes it."""
    special = {"ReLU": "reLU", "LeakyReLU": "leakyReLU", "ELU": "elu", "PReLU": "prelu", "LSTM": "lstm", "GRU": "gru", "SimpleRNN": "simpleRNN", "RMSNormalization": "rmsNormalization"}
    return special.get(kind) or (kind[0].lower() + kind[1:]).replace("1D", "1d").replace("2D", "2d").replace("3D", "3d")


def tuples(value):
    return tuple(tuples(v) for v in value) if isinstance(value, list) else value


def case(oracle, rng, kind, options, shapes, draw=normal):
    integers = kind == "Embedding"
    inputs = [rng.integers(0, options["input_dim"], s).astype("int32") if integers else draw(rng, *s) for s in shapes]
    training = options.get("training", False)
    config = {key: value if key in ("shared_axes", "axis", "axes") else tuples(value) for key, value in options.items() if key != "training"}
    made = {}

    def run(cast):
        layer = getattr(keras.layers, kind)(**config)
        values = [jax.numpy.asarray(cast(x)) for x in inputs]
        arguments = values if kind == "MultiHeadAttention" else [values if len(values) > 1 else values[0]]
        layer(*arguments)
        if "weights" not in made:
            made["weights"] = [positive(v, draw(rng, *v.shape, scale=0.5)) for v in layer.weights]
        layer.set_weights([cast(w) for w in made["weights"]])
        trainable = [jax.numpy.asarray(cast(w)) for w in layer.get_weights()][: len(layer.trainable_variables)]
        fixed = [v.value for v in layer.non_trainable_variables]
        keywords = {} if kind in ("Activation", "Identity") or not training else {"training": True}

        def call(weights, *xs):
            xs = xs if kind == "MultiHeadAttention" else [list(xs) if len(xs) > 1 else xs[0]]
            return layer.stateless_call(weights, fixed, *xs, **keywords)

        if "dy" not in made:
            made["dy"] = draw(rng, *call(trainable, *values)[0].shape)
        y, pullback, after = jax.vjp(lambda w, *xs: call(w, *xs), trainable, *(() if integers else values), has_aux=True) if not integers else jax.vjp(lambda w: call(w, *values), trainable, has_aux=True)
        dweights, *dx = pullback(jax.numpy.asarray(cast(made["dy"])))
        result = {"y": y, "dx": list(dx), "dweights": list(dweights)}
        if training and after:
            result["after"] = list(after)
        return result

    found = oracle(f"{kind} {options}", run)
    return {
        "layer": class_name(kind), "options": camel_keys({k: v for k, v in options.items() if k != "training"}), **({"training": True} if training else {}),
        "weights": [pack(w) for w in made["weights"]], "x": [pack(x) for x in inputs], "dy": pack(made["dy"]),
        "y": pack(found["y"]), "dx": [pack(d) for d in found["dx"]], "dweights": [pack(d) for d in found["dweights"]],
        **({"weightsAfter": [pack(w) for w in found["after"]]} if "after" in found else {}),
    }


def positive(variable, array):
    return np.abs(array) + np.float32(0.5) if "variance" in variable.path else array


def main():
    for seed, (name, groups) in enumerate({
        "layers": CORE + ACTIVATIONS + MERGING + SHAPES + EMBEDDING + NORMALIZATION + ATTENTION,
        "convolution": CONVOLUTION + POOLING,
        "recurrent": RECURRENT,
    }.items()):
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        oracle, rng = Oracle(), random(10 + seed)
        write(name, oracle, [case(oracle, rng, *row) for row in groups])


if __name__ == "__main__":
    main()
