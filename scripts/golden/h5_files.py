"""Writes test/golden/h5/: whole models as Keras 3 keeps them in .h5, and expected.json.

    h5_files.py check FOLDER     loads the .h5 that the test wrote with CORNUS_MODELS_OUT=FOLDER, and compares
"""
import json
import os
import sys

import model_files
from model_files import Input, Model, Sequential, add, check, keras, layers, ops, rows, write  # noqa: F401

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "golden", "h5")
NAMES = ["sequential_cnn.0", "nested.0", "masked.0", "states.0", "residual.0", "frozen.0", "by_name.0", "shared.0", "BatchNormalization.0", "LSTM.0", "Bidirectional.0", "optimizer_amsgrad.0", "optimizer_cosine.0"]

if len(sys.argv) > 2:
    check(sys.argv[2])
os.makedirs(FOLDER, exist_ok=True)
save = Model.save
Model.save = lambda self, path: save(self, path.replace(".keras", ".h5"))
model_files.deflate = lambda path: None
expected = {name: {**write(name, rows[name], FOLDER), "ending": ".h5"} for name in NAMES}
with open(os.path.join(FOLDER, "expected.json"), "w") as out:
    json.dump(expected, out, separators=(",", ":"))
