"""regularizers.json: penalty and gradient. constraints.json: what becomes of weights. schedules.json: learning rates by step."""
from common import Oracle, camel, camel_keys, jax, keras, normal, np, pack, random, write

REGULARIZERS = [
    ("L1", {}), ("L1", {"l1": 0.3}), ("L2", {}), ("L2", {"l2": 0.3}), ("L1L2", {"l1": 0.2, "l2": 0.3}), ("L1L2", {"l2": 0.3}),
    ("OrthogonalRegularizer", {}), ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}),
]
CONSTRAINTS = [
    ("MaxNorm", {}), ("MaxNorm", {"max_value": 1.0, "axis": 1}), ("MaxNorm", {"max_value": 1.0, "axis": [0, 1]}),
    ("NonNeg", {}), ("UnitNorm", {}), ("UnitNorm", {"axis": 1}), ("UnitNorm", {"axis": [0, 1, 2]}),
    ("MinMaxNorm", {}), ("MinMaxNorm", {"min_value": 1.0, "max_value": 1.5, "rate": 0.4, "axis": 1}),
]
SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9, "staircase": True}),
    ("PiecewiseConstantDecay", {"boundaries": [5, 20], "values": [1.0, 0.5, 0.1]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 20}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 15, "end_learning_rate": 0.01, "power": 0.5, "cycle": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5, "staircase": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 20}),
    ("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 20, "alpha": 0.1, "warmup_target": 0.1, "warmup_steps": 10}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 10}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 8, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.05}),
]
STEPS = [*range(26), 39, 40, 41, 100, 1000]


def first_lower(name):
    return name.lower() if name in ("L1", "L2", "L1L2") else name[0].lower() + name[1:]


def regularizers(data):
    oracle, cases = Oracle(), []
    for name, options in REGULARIZERS:
        for x in ("matrix",) if name == "OrthogonalRegularizer" else ("matrix", "kernel", "bias"):
            def run(cast):
                value, gradient = jax.value_and_grad(getattr(keras.regularizers, name)(**options))(jax.numpy.asarray(cast(data[x])))
                return {"value": value, "gradient": gradient}

            found = oracle(f"{name} {options}", run)
            cases.append({"regularizer": first_lower(name), "options": camel_keys(options), "x": x, "value": pack(found["value"]), "gradient": pack(found["gradient"])})
    write("regularizers", oracle, cases, data={key: pack(value) for key, value in data.items()})


def constraints(data):
    oracle, cases = Oracle(), []
    for name, options in CONSTRAINTS:
        for x in ("kernel",) if options.get("axis") == [0, 1, 2] else ("matrix", "kernel"):
            found = oracle(f"{name} {options}", lambda cast: {"y": getattr(keras.constraints, name)(**options)(jax.numpy.asarray(cast(data[x])))})
            cases.append({"constraint": first_lower(name), "options": camel_keys(options), "x": x, "y": pack(found["y"])})
    write("constraints", oracle, cases, data={key: pack(value) for key, value in data.items()})


def schedules():
    oracle, cases = Oracle(), []
    for name, options in SCHEDULES:
        def run(cast):
            schedule = getattr(keras.optimizers.schedules, name)(**options)
            return {"rates": np.array([float(schedule(step)) for step in STEPS], keras.config.floatx())}

        found = oracle(f"{name} {options}", run)
        cases.append({"schedule": camel(first_lower(name)), "options": camel_keys(options), "learningRates": pack(found["rates"])})
    write("schedules", oracle, cases, steps=STEPS)


def main():
    rng = random(5)
    data = {"matrix": normal(rng, 5, 7), "kernel": normal(rng, 3, 4, 5), "bias": normal(rng, 7)}
    regularizers(data)
    constraints({key: data[key] for key in ("matrix", "kernel")})
    schedules()


if __name__ == "__main__":
    main()
