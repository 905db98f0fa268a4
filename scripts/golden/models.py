"""Writes test/golden/models.json: configs of drawn models as Keras 3 writes them, the order of their layers and the paths of their weights."""
import os

os.environ["KERAS_BACKEND"] = "jax"
import json

import keras
import numpy as np
from keras import layers, ops

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "models.json")
Input, Model, Sequential = keras.Input, keras.Model, keras.Sequential
models = {}


def case(make):
    keras.backend.clear_session()
    models[make.__name__] = make()


@case
def two_branches():
    x = Input((3,), name="x")
    return Model(x, ops.concatenate([layers.Dense(2, name="a")(x), layers.Dense(2, name="b")(x) * 10.0], axis=-1))


@case
def dict_ends():
    p, q = Input((2,), name="first_in"), Input((2,), name="second_in")
    return Model({"first_in": p, "second_in": q}, {"z_out": layers.Dense(1)(p + q), "a_out": layers.Dense(3)(p - q)}, name="byName")


@case
def list_ends():
    p, q = Input((2,), name="p"), Input((2,), name="q")
    return Model([p, q], [p + q, [ops.maximum(p, q), p * q]])


@case
def shared():
    p, q = Input((2,)), Input((2,))
    twice = layers.Dense(1, activation="tanh")
    return Model([p, q], twice(p) - twice(q))


@case
def nested():
    inner = Sequential([Input((2,)), layers.Dense(2), layers.Dense(2)], name="inner")
    y = Input((2,))
    drawn = Model(y, {"big": layers.Dense(3)(y), "small": layers.Dense(1)(y)}, name="drawn")
    x = Input((2,))
    first, second = drawn(inner(x)), drawn(x)
    return Model(x, [ops.concatenate([first["big"], second["small"]], axis=-1), second["big"], inner(inner(x))])


@case
def twice_nested():
    a = Input((3,))
    one = Model(a, layers.Dense(3, activation="relu")(a), name="one")
    b = Input((3,))
    two = Model(b, one(one(b)) + b, name="two")
    c = Input((3,))
    return Model(c, layers.Dense(1)(two(two(c))))


@case
def masked():
    x = Input((5,), dtype="int32")
    h = layers.Embedding(7, 3, mask_zero=True)(x)
    h, state = layers.GRU(4, return_sequences=True, return_state=True)(h)
    h = layers.Bidirectional(layers.LSTM(2))(h)
    return Model(x, [h, state])


@case
def states():
    x, s = Input((4, 3)), Input((2,))
    a, h, c = layers.LSTM(2, return_sequences=True, return_state=True)(x, initial_state=[s, s])
    return Model([x, s], layers.LSTM(2)(a, initial_state=[h, c]))


@case
def images():
    x = Input((8, 8, 2))
    h = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    h = layers.BatchNormalization()(h)
    h = layers.ReLU()(h)
    h = layers.MaxPooling2D()(h)
    h = h + layers.Conv2D(4, 1)(x[:, ::2, ::2])
    return Model(x, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(h)))


@case
def indices():
    x = Input((4, 6))
    return Model(x, [x[:, 0], x[..., 1:3], x[:, None, -1], x[:, 1:4:2, ::-1], x[:, :-1]])


@case
def many_ops():
    x = Input((4, 6))
    y = ops.tanh(ops.abs(-x) + 1) / 2 - ops.clip(x, 0.0, 1.0)
    z = ops.where(x > 0, ops.exp(y), ops.square(x) ** 2)
    parts = ops.split(z, [2, 3], axis=1)
    flat = ops.reshape(ops.transpose(z, (0, 2, 1)), (-1, 24))
    outputs = [ops.mean(z, axis=(1, 2), keepdims=True), ops.max(x, axis=1), ops.argmax(x, axis=-1), parts[0], ops.stack(parts[1:2], axis=1), flat]
    outputs += [ops.softmax(x), ops.relu(x), ops.leaky_relu(x, 0.3), ops.gelu(x), ops.cast(x > 0, "float32"), ops.expand_dims(x, 1), ops.flip(x, axis=1)]
    outputs += [ops.pad(x, [[0, 0], [1, 1], [0, 2]], constant_values=2.0), ops.tile(x, (1, 2, 1)), ops.repeat(x, 2, axis=1), ops.take(x, [0, 1], axis=1)]
    outputs += [ops.matmul(x, ops.swapaxes(x, 1, 2)), ops.logsumexp(x, axis=1), ops.cumsum(x, axis=1), ops.var(x, axis=-1), ops.std(x), ops.one_hot(ops.argmin(x, axis=1), 4)]
    outputs += [keras.activations.relu(x, negative_slope=0.1, max_value=6), ops.log_softmax(x, axis=1), ops.hard_sigmoid(x), ops.elu(x, 0.5), ops.sum(x, axis=1)]
    return Model(x, outputs)


@case
def depths():
    x = Input((2,), name="x")
    a = layers.Dense(2, name="near")(x)
    b = layers.Dense(2, name="far2")(layers.Dense(2, name="far1")(x))
    c = layers.Dropout(0.5)(a)
    return Model(x, [b + c, layers.Dense(1, name="side")(a)])


@case
def part_of_another():
    x = Input((2,), name="x")
    h = layers.Dense(2, name="block")(x)
    y = layers.Dense(1, name="top")(h)
    return Model(h, y)


rng = np.random.default_rng(3)


def draw(shape, dtype="float32"):
    return rng.integers(0, 7, shape) if dtype == "int32" else np.round(rng.normal(size=shape), 2)


def leaves(x):
    return [np.asarray(each, "float64").round(7).tolist() for each in keras.tree.flatten(x)]


def plain(model):
    for weight in model.weights:
        value = draw(weight.shape)
        weight.assign(abs(value) if "variance" in weight.path else value)
    x = [draw((2, *each.shape[1:]), each.dtype).astype(each.dtype) for each in model.inputs]
    y = model(keras.tree.pack_sequence_as(model.input, x), training=False)
    return {
        "config": json.loads(model.to_json()),
        "layers": [layer.name for layer in model.layers],
        "weights": [[weight.path, np.asarray(weight).round(2).tolist()] for weight in model.weights],
        "x": [np.round(each.astype("float64"), 2).tolist() for each in x],
        "y": leaves(y),
    }


with open(PATH, "w") as out:
    json.dump({name: plain(model) for name, model in models.items()}, out, separators=(",", ":"))
