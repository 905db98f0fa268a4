"""Whole models in .keras files: every layer with its options, drawn, nested and shared ones, masks, optimizers with state.

    model_files.py                  writes test/golden/models/: files, and expected.json with what they predict, and predict after one more step
    model_files.py all FOLDER [NAMES]  all of them there, or those whose names begin so; the test reads them with CORNUS_MODEL_FILES=FOLDER
    model_files.py check FOLDER     loads what the test wrote with CORNUS_MODELS_OUT=FOLDER, and compares
"""
import json
import os
import sys
import zipfile

os.environ["KERAS_BACKEND"] = "torch"  # compiles nothing
import keras
import numpy as np
from keras import constraints, initializers, layers, losses, metrics, ops, optimizers, regularizers

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "models")
Input, Model, Sequential = keras.Input, keras.Model, keras.Sequential
rows = {}  # name → function that makes the model, uncompiled
NOISY = ("Dropout", "Noise")


def add(name, make):
    number = sum(each.split(".")[0] == name for each in rows)
    rows[f"{name}.{number}"] = make


def one(kind, shape, dtype="float32", head=True, **options):
    """A layer between an input and, where its output allows it, a dense layer."""

    def make():
        x = Input(shape, dtype=dtype)
        y = getattr(layers, kind)(**options)(x)
        outputs = [each for each in keras.tree.flatten(y)]
        if head:
            outputs = [layers.Dense(2)(layers.Flatten()(each)) if len(each.shape) > 1 else each for each in outputs]
        return Model(x, outputs[0] if len(outputs) == 1 else outputs)

    add(kind, make)


def chain(name, *parts, shape, dtype="float32"):
    add(name, lambda: Sequential([Input(shape, dtype=dtype), *[part() for part in parts]]))


FIRST = {"data_format": "channels_first"}
SEEDED = lambda kind, **options: getattr(initializers, kind)(seed=3, **options)

# Core
for options in ({}, {"use_bias": False}, {"activation": "gelu", "kernel_initializer": SEEDED("HeNormal"), "bias_initializer": initializers.Constant(0.5)},
                {"kernel_regularizer": regularizers.L1L2(0.01, 0.02), "bias_regularizer": "l2", "activity_regularizer": regularizers.L2(0.01)},
                {"kernel_constraint": constraints.MaxNorm(0.8, axis=0), "bias_constraint": "non_neg", "activation": "softmax"}):
    one("Dense", (4,), units=3, **options)
one("Dense", (3, 4), units=2, activation="selu")
one("Embedding", (4,), "int32", input_dim=7, output_dim=3)
one("Embedding", (4,), "int32", input_dim=7, output_dim=3, embeddings_regularizer="l2", embeddings_constraint="unit_norm", embeddings_initializer=SEEDED("RandomNormal", stddev=0.2))
for kind in ("relu", "elu", "selu", "softplus", "softsign", "sigmoid", "tanh", "hard_sigmoid", "silu", "gelu", "mish", "log_softmax", "celu", "leaky_relu", "hard_shrink", "tanh_shrink"):
    one("Activation", (4,), activation=kind)
# Shape
one("Reshape", (4, 3), target_shape=(3, -1)), one("Permute", (2, 3, 4), dims=(3, 1, 2)), one("RepeatVector", (4,), n=3), one("Flatten", (2, 3, 2), **FIRST)
one("ZeroPadding1D", (3, 2), padding=(1, 2)), one("ZeroPadding2D", (3, 4, 2), padding=((0, 1), (2, 0))), one("ZeroPadding3D", (2, 2, 2, 1), padding=(1, 0, 2))
one("Cropping1D", (5, 2), cropping=(1, 2)), one("Cropping2D", (5, 4, 2), cropping=((0, 1), (2, 0))), one("Cropping3D", (4, 4, 4, 1), cropping=(1, 1, 1))
one("UpSampling1D", (3, 2), size=3), one("UpSampling2D", (3, 2, 2), size=(2, 3), interpolation="bilinear"), one("UpSampling3D", (2, 2, 2, 1), size=(1, 2, 2))
# Windows
for rank, shape in ((1, (8, 2)), (2, (6, 5, 2)), (3, (4, 5, 4, 2))):
    one(f"Conv{rank}D", shape, filters=3, kernel_size=2, padding="same", strides=2)
    one(f"Conv{rank}D", shape, filters=4, kernel_size=3, groups=2, activation="relu", use_bias=False)
    one(f"Conv{rank}DTranspose", shape, filters=2, kernel_size=3, strides=2, padding="same")
    for pool in ("Max", "Average"):
        one(f"{pool}Pooling{rank}D", shape, pool_size=2, strides=1)
        one(f"Global{pool}Pooling{rank}D", shape, keepdims=rank == 2)
one("Conv1D", (8, 2), filters=3, kernel_size=3, padding="causal", dilation_rate=2), one("Conv2D", (7, 7, 2), filters=2, kernel_size=(2, 3), dilation_rate=2, kernel_regularizer="l1")
one("DepthwiseConv1D", (8, 3), kernel_size=3, depth_multiplier=2), one("DepthwiseConv2D", (6, 5, 3), kernel_size=(2, 3), strides=2, padding="same", depthwise_regularizer="l2")
one("SeparableConv1D", (8, 3), filters=4, kernel_size=3, padding="same"), one("SeparableConv2D", (6, 5, 3), filters=2, kernel_size=3, depth_multiplier=2, activation="relu")
# Normalization
for options in ({}, {"axis": 1}, {"center": False, "scale": False, "momentum": 0.8}, {"gamma_regularizer": "l2", "epsilon": 0.01}):
    one("BatchNormalization", (4, 3), **options)
one("LayerNormalization", (4, 3)), one("LayerNormalization", (4, 3), axis=(1, 2), center=False), one("GroupNormalization", (3, 4), groups=2), one("GroupNormalization", (3, 4), groups=-1)
one("RMSNormalization", (4, 3)), one("UnitNormalization", (4, 3), axis=1)
# Noise: inference only
one("Dropout", (6,), rate=0.4, noise_shape=(None, 6), seed=1), one("AlphaDropout", (6,), rate=0.2), one("GaussianDropout", (6,), rate=0.3, seed=2), one("GaussianNoise", (6,), stddev=0.5)
one("SpatialDropout1D", (4, 3), rate=0.2), one("SpatialDropout2D", (4, 3, 2), rate=0.2), one("SpatialDropout3D", (2, 2, 2, 2), rate=0.2)
# Activation layers
one("ReLU", (5,), max_value=1.0, negative_slope=0.1, threshold=0.2), one("LeakyReLU", (5,), negative_slope=0.2), one("ELU", (5,), alpha=0.5), one("PReLU", (3, 5), shared_axes=[1]), one("Softmax", (3, 5), axis=1)
one("ActivityRegularization", (5,), l1=0.01, l2=0.02), one("Identity", (5,)), one("Masking", (3, 2), mask_value=1.0)
# Recurrent
for kind in ("SimpleRNN", "LSTM", "GRU"):
    for options in ({}, {"return_sequences": True, "go_backwards": True, "activation": "relu"}, {"return_state": True, "use_bias": False, "kernel_regularizer": "l2"}):
        one(kind, (4, 3), units=2, **options)
    one(kind, (4, 3), units=2, unroll=True, recurrent_constraint="max_norm", bias_initializer="ones")
one("GRU", (4, 3), units=2, reset_after=False), one("LSTM", (4, 3), units=2, unit_forget_bias=False, recurrent_activation="hard_sigmoid")
one("RNN", (4, 3), cell=layers.LSTMCell(2)), one("RNN", (4, 3), cell=[layers.GRUCell(3), layers.SimpleRNNCell(2)], return_sequences=True), one("RNN", (4, 3), cell=layers.StackedRNNCells([layers.LSTMCell(2), layers.LSTMCell(3)]))
for mode in ("concat", "sum", "mul", "ave", None):
    one("Bidirectional", (4, 3), layer=layers.GRU(2, return_sequences=mode == "sum"), merge_mode=mode)
one("Bidirectional", (4, 3), layer=layers.LSTM(2), backward_layer=layers.GRU(2, go_backwards=True))
one("TimeDistributed", (4, 3), layer=layers.Dense(2, activation="relu")), one("TimeDistributed", (2, 4, 4, 1), layer=layers.Conv2D(2, 3))
one("ConvLSTM1D", (3, 5, 2), filters=2, kernel_size=3), one("ConvLSTM2D", (2, 4, 4, 2), filters=2, kernel_size=3, padding="same", return_sequences=True)
# Merging
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
for kind in MERGES:
    def merge(kind=kind):
        a, b = Input((3,), name="a"), Input((3,), name="b")
        return Model([a, b], getattr(layers, kind)()([layers.Dense(2)(a), layers.Dense(2)(b)]))
    add(kind, merge)


# Graphs
def graph(make):
    add(make.__name__, make)


@graph
def masked():
    x = Input((5,), dtype="int32")
    h = layers.Embedding(7, 3, mask_zero=True)(x)
    h, state = layers.GRU(4, return_sequences=True, return_state=True)(h)
    return Model(x, [layers.Bidirectional(layers.LSTM(2))(h), layers.Dense(2)(state)])


@graph
def masking():
    x = Input((5, 2))
    h = layers.LSTM(3, return_sequences=True)(layers.Masking()(x))
    return Model(x, layers.TimeDistributed(layers.Dense(2))(h))


@graph
def states():
    x, s = Input((4, 3)), Input((2,))
    a, h, c = layers.LSTM(2, return_sequences=True, return_state=True)(x, initial_state=[s, s])
    return Model([x, s], layers.LSTM(2)(a, initial_state=[h, c]))


@graph
def by_name():
    p, q = Input((2,), name="first_in"), Input((2,), name="second_in")
    return Model({"first_in": p, "second_in": q}, {"z_out": layers.Dense(1)(p + q), "a_out": layers.Dense(3)(p - q)})


@graph
def shared():
    p, q = Input((3,)), Input((3,))
    twice = layers.Dense(4, activation="tanh")
    return Model([p, q], ops.abs(twice(p) - twice(q)))


@graph
def nested():
    inner = Sequential([Input((2,)), layers.Dense(2, activation="relu"), layers.Dense(2)], name="inner")
    y = Input((2,))
    drawn = Model(y, {"big": layers.Dense(3)(y), "small": layers.BatchNormalization()(layers.Dense(1)(y))}, name="drawn")
    x = Input((2,))
    first, second = drawn(inner(x)), drawn(x)
    return Model(x, [ops.concatenate([first["big"], second["small"]], axis=-1), inner(inner(x))])


@graph
def twice_nested():
    a = Input((3,))
    deep = Model(a, layers.Dense(3, activation="relu")(a), name="deep")
    b = Input((3,))
    middle = Model(b, deep(deep(b)) + b, name="middle")
    return Sequential([Input((3,)), middle, layers.Dense(2), Sequential([layers.Dense(2), layers.Activation("tanh")])])


@graph
def residual():
    x = Input((6, 6, 2))
    h = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", use_bias=False)(x))
    h = layers.Add()([layers.ReLU()(h), layers.Conv2D(4, 1)(x)])
    h = layers.Concatenate()([layers.MaxPooling2D()(h), layers.AveragePooling2D(2)(h)])
    return Model(x, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(h)))


@graph
def frozen():
    base = Sequential([Input((3,)), layers.Dense(4), layers.BatchNormalization()], name="base")
    base.trainable = False
    x = Input((3,))
    return Model(x, layers.Dense(2)(base(x)))


@graph
def many_layers():
    return Sequential([Input((3,)), *[layers.Dense(3, activation="tanh") for _ in range(12)]])


@graph
def sequential_cnn():
    return Sequential([Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Dropout(0.0), layers.Flatten(), layers.Dense(3, activation="softmax")])


def small():
    return Sequential([Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(2)])


decay = optimizers.schedules
OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.05), "momentum": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True), "adam": lambda: optimizers.Adam(0.01), "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1), "adamax": lambda: optimizers.Adamax(0.01), "nadam": lambda: optimizers.Nadam(0.01), "rmsprop": lambda: optimizers.RMSprop(0.01),
    "centered": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True), "adagrad": lambda: optimizers.Adagrad(0.05), "adadelta": lambda: optimizers.Adadelta(0.5), "ftrl": lambda: optimizers.Ftrl(0.05, l1_regularization_strength=0.01),
    "lion": lambda: optimizers.Lion(0.01), "lamb": lambda: optimizers.Lamb(0.01), "adafactor": lambda: optimizers.Adafactor(0.01), "ema": lambda: optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9), "accumulation": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2),
    "clipnorm": lambda: optimizers.SGD(0.1, clipnorm=0.5), "global_clipnorm": lambda: optimizers.Adam(0.1, global_clipnorm=0.5), "clipvalue": lambda: optimizers.SGD(0.1, clipvalue=0.01, weight_decay=0.01),
    "exponential": lambda: optimizers.Adam(decay.ExponentialDecay(0.1, 2, 0.5)), "cosine": lambda: optimizers.SGD(decay.CosineDecay(0.1, 5, alpha=0.1, warmup_target=0.2, warmup_steps=2)), "piecewise": lambda: optimizers.SGD(decay.PiecewiseConstantDecay([1, 3], [0.1, 0.05, 0.01])),
}
for name in OPTIMIZERS:
    add(f"optimizer_{name}", small)
LOSSES = {
    "huber": (losses.Huber(), ["mae"]), "crossentropy": (losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), [metrics.CategoricalAccuracy(), "accuracy"]), "hinge": ("hinge", [metrics.Hinge(name="edge")]),
    "cosine": (losses.CosineSimilarity(axis=-1), ["cosine_similarity"]), "logcosh": ("log_cosh", [metrics.RootMeanSquaredError()]), "sum": (losses.MeanSquaredError(reduction="sum"), ["mse"]),
}
for name in LOSSES:
    add(f"loss_{name}", small)


def ends(model):
    """Inputs and outputs in their structure."""
    return (model.inputs[0], model.outputs[0]) if isinstance(model, Sequential) else (model.input, model.output)


def compile_as(name, model):
    kind, _, rest = name.split(".")[0].partition("_")
    loss, measures = LOSSES.get(rest, ("mse", None)) if kind == "loss" else ("mse", None)
    optimizer = OPTIMIZERS[rest]() if kind == "optimizer" else optimizers.Adam(0.01) if len(name) % 2 else optimizers.SGD(0.05, momentum=0.5)
    if isinstance(ends(model)[1], dict):
        loss = {"z_out": "mae", "a_out": losses.Huber()}
        measures = {"a_out": ["mse"]}
    model.compile(optimizer, loss, metrics=measures, loss_weights={"z_out": 2.0, "a_out": 1.0} if isinstance(ends(model)[1], dict) else None)


def numbers(shape, dtype, rng):
    return rng.integers(0, 7, shape).astype("int32") if dtype == "int32" else np.round(rng.normal(size=shape), 3).astype("float32")


def flat(values):
    return [np.asarray(each).astype("float64").ravel().round(7).tolist() for each in keras.tree.flatten(values)]


def packed(structure, values):
    return keras.tree.pack_sequence_as(structure, values)


def write(name, make, folder):
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(len(name) * 31 + 1)
    model = make()
    compile_as(name, model)
    x = [numbers((4, *each.shape[1:]), each.dtype, rng) for each in keras.tree.flatten(ends(model)[0])]
    if name.startswith("mask"):
        x[0][1, 3:] = 0
        x[0][2, 2:] = 0
    y = [numbers((4, *each.shape[1:]), "float32", rng) for each in keras.tree.flatten(ends(model)[1])]
    data = packed(ends(model)[0], x), packed(ends(model)[1], y)
    for _ in range(2):
        model.train_on_batch(*data)
    model.save(os.path.join(folder, f"{name}.keras"))
    if list(rows).index(name) % 10:
        deflate(os.path.join(folder, f"{name}.keras"))
    before = flat(model.predict(data[0], verbose=0))
    model.train_on_batch(*data)
    noisy = any(word in name for word in NOISY)
    after = None if noisy else flat(model.predict(data[0], verbose=0))
    layout = {"x": [[each.shape, each.dtype.name, each.ravel().astype("float64").round(3).tolist()] for each in x], "y": [[each.shape, each.ravel().astype("float64").round(3).tolist()] for each in y]}
    return {**layout, "before": before, "after": after}


def deflate(path):
    """Nine of ten files are compressed, so that they are small enough to be kept."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def make_all(folder, chosen):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "expected.json")
    expected = json.load(open(path)) if os.path.exists(path) else {}
    for name, make in rows.items():
        if not chosen(name):
            continue
        try:
            expected[name] = write(name, make, folder)
        except Exception as error:
            print("left out:", name, str(error).split("\n")[0][:120])
    with open(path, "w") as out:
        json.dump(expected, out, separators=(",", ":"))
    size = sum(os.path.getsize(os.path.join(folder, each)) for each in os.listdir(folder))
    print(f"{len(expected)} models, {size / 1e6:.2f} MB")


def near(found, expected, bound=1e-5):
    worst = max(np.abs(np.asarray(a) - np.asarray(b)).max(initial=0) / max(1.0, np.abs(np.asarray(b)).max(initial=0)) for a, b in zip(found, expected))
    return worst <= bound, worst


def check(folder):
    with open(os.path.join(folder, "expected.json")) as file:
        expected = json.load(file)
    failures = 0
    for name, case in expected.items():
        if not os.path.exists(os.path.join(folder, f"{name}{case.get('ending', '.keras')}")):
            continue
        try:
            model = keras.models.load_model(os.path.join(folder, f"{name}{case.get('ending', '.keras')}"))
            x = packed(ends(model)[0], [np.array(values, dtype).reshape(shape) for shape, dtype, values in case["x"]])
            y = packed(ends(model)[1], [np.array(values, "float32").reshape(shape) for shape, values in case["y"]])
            right = [near(flat(model.predict(x, verbose=0)), case["before"])]
            if case["after"] is not None:
                model.train_on_batch(x, y)
                right.append(near(flat(model.predict(x, verbose=0)), case["after"]))
            if not all(fits for fits, _ in right):
                raise ValueError(f"differs by {[worst for _, worst in right]}")
        except Exception as error:
            failures += 1
            print("FAILS", name, str(error)[:300])
    print(f"{len(expected) - failures} of {len(expected)} right")
    sys.exit(failures > 0)


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "golden"
    if what == "check":
        check(sys.argv[2])
    elif what == "all":
        make_all(sys.argv[2], lambda name: name.startswith(tuple(sys.argv[3:]) or ("",)))
    else:
        make_all(HERE, lambda name: True)
