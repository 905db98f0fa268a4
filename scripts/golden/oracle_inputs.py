"""What the families of the oracle share: inputs that both sides draw alike, and cases."""
import base64
from dataclasses import dataclass, field

from common import np


class Inputs:
    """A congruential generator that begins with the number of the case; test/support/goldenInputs.ts is the same."""

    def __init__(self, number):
        self.state = (number * 2654435761 + 12345) % 2**32

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 8

    def fill(self, shape, value):
        return np.array([value(self.next()) for _ in range(int(np.prod(shape)))], "float64").reshape(shape)

    def draw(self, kind, shape, *bounds):
        """An array by the name of its kind, as float32 or int32."""
        made = getattr(self, kind)(shape, *bounds)
        return made.astype("int32" if kind in ("ints", "bits") else "float32")

    def normal(self, shape, scale=1):
        return self.fill(shape, lambda k: (k / 2**22 - 2) * scale)

    def between(self, shape, low, high):
        return self.fill(shape, lambda k: low + k / 2**24 * (high - low))

    def ints(self, shape, low, high):
        return self.fill(shape, lambda k: low + k * (high - low) // 2**24)

    def floats(self, shape, low, high):
        """Whole numbers in float32: ties."""
        return self.ints(shape, low, high)

    def bits(self, shape):
        return self.ints(shape, 0, 2)

    def signs(self, shape):
        return self.ints(shape, 0, 2) * 2 - 1

    def onehot(self, shape):
        classes = self.ints(shape[:-1], 0, shape[-1]).astype(int)
        return np.eye(shape[-1])[classes]

    def simplex(self, shape):
        rows = self.between(shape, 0.05, 1).reshape(-1, shape[-1])
        for row in rows:
            total = 0.0
            for value in row:
                total += value
            row /= total
        return rows.reshape(shape)

    def edges(self, shape):
        values = [0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-30, -1e-30, 1e-5, 30, -30, 87, -87, 1e4, -1e4, np.inf, -np.inf, np.nan]
        return np.array(values)


def packed(value):
    """A number, or a list of base64 of float32 (NaN and infinities too) by shapes."""
    if isinstance(value, list):
        return [packed(each) for each in value]
    data = base64.b64encode(np.asarray(value, "<f4").tobytes()).decode()
    return {"shape": list(value.shape), "data": data}


@dataclass
class Spec:
    """One case: `data` goes into the file, `compute(inputs, cast)` gives the expected values by name, `notes` what else is expected."""

    data: dict
    compute: callable
    notes: dict = field(default_factory=dict)

    def __str__(self):
        return str(self.data)


class Case:
    def __init__(self, number, spec):
        self.number, self.spec, self.notes = number, spec, {}

    def run(self, cast):
        inputs = Inputs(self.number)
        drawn = [inputs.draw(*each) for each in self.spec.data.get("inputs", [])]
        found = self.spec.compute([cast(each) for each in drawn], cast)
        self.notes = found.pop("notes", {})
        return found


def choose(rng, *options):
    """One of some values, of any kind."""
    return options[int(rng.integers(len(options)))]


def some(rng, chance=0.5):
    return rng.random() < chance


def subset(rng, options, chance=0.4):
    """Some of the options, each with one of its values."""
    return {name: choose(rng, *values) for name, values in options.items() if some(rng, chance)}


def values_of(x):
    """A tensor of the backend as an array."""
    import keras

    return keras.ops.convert_to_numpy(x)
