"""Writes test/golden/weights/: .weights.h5 files of Keras and expected.json with what their models say."""
import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "weights")
os.makedirs(FOLDER, exist_ok=True)
keras.utils.set_random_seed(3)
x = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")


def functional():
    first = keras.Input((3,))
    shared = layers.Dense(3, activation="relu")
    h = shared(shared(first))
    return keras.Model(first, layers.Dense(2)(h + first))


models = {
    "sequential": keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh"), layers.BatchNormalization(), layers.Dense(4), layers.Dense(2)]),
    "nested": keras.Sequential([keras.Input((3,)), keras.Sequential([layers.Dense(3), layers.Dense(3)]), layers.Dense(2)]),
    "functional": functional(),
    "recurrent": keras.Sequential([keras.Input((3,)), layers.Reshape((3, 1)), layers.Bidirectional(layers.LSTM(2, return_sequences=True)), layers.GRU(2)]),
}
expected = {}
for name, model in models.items():
    model.set_weights([weight + 0.1 * np.random.default_rng(i).random(weight.shape) for i, weight in enumerate(model.get_weights())])
    model.save_weights(os.path.join(FOLDER, f"{name}.weights.h5"))
    expected[name] = {"x": x.tolist(), "y": model.predict(x, verbose=0).tolist()}
with open(os.path.join(FOLDER, "expected.json"), "w") as out:
    json.dump(expected, out)
