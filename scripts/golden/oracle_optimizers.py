"""Optimizers: weights and the whole state, in Keras's order, after twenty steps on drawn gradients; regularizers and constraints too."""
import keras
from common import camel_keys, np
from oracle_inputs import Spec, choose, some, subset, values_of

STEPS, SHAPES = 20, ([3], [2, 3], [2, 2, 2])
MOMENTS = {"beta_1": (0.8,), "beta_2": (0.95,), "epsilon": (1e-3, 1e-5)}
OPTIMIZERS = {
    "SGD": {"momentum": (0.5, 0.9), "nesterov": (True,)},
    "RMSprop": {"rho": (0.8,), "momentum": (0.5,), "centered": (True,), "epsilon": (1e-3,)},
    "Adam": {**MOMENTS, "amsgrad": (True,)},
    "AdamW": {**MOMENTS, "amsgrad": (True,)},
    "Adagrad": {"initial_accumulator_value": (0.0, 0.5), "epsilon": (1e-3,)},
    "Adadelta": {"rho": (0.9,), "epsilon": (1e-3,)},
    "Adamax": MOMENTS,
    "Nadam": MOMENTS,
    "Lion": {"beta_1": (0.8,), "beta_2": (0.95,)},
    "Ftrl": {"learning_rate_power": (-0.7,), "initial_accumulator_value": (0.3,), "l1_regularization_strength": (0.01,), "l2_regularization_strength": (0.02,),
             "l2_shrinkage_regularization_strength": (0.03,), "beta": (0.1,)},
    "Lamb": MOMENTS,
    "Adafactor": {"beta_2_decay": (-0.7,), "epsilon_1": (1e-20,), "epsilon_2": (1e-2,), "clip_threshold": (0.5,)},
}
SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5}), ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}), ("PiecewiseConstantDecay", {"boundaries": [3, 9], "values": [0.1, 0.05, 0.01]}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 12, "power": 2.0}), ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 6, "cycle": True}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 15, "alpha": 0.1}), ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 10, "warmup_target": 0.1, "warmup_steps": 5}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 4, "t_mul": 1.5, "m_mul": 0.8}),
]
COMMON = {"weight_decay": (0.01, 0.1), "clip": (("clipnorm", 0.5), ("clipvalue", 0.3), ("global_clipnorm", 1.0)), "use_ema": (True,), "accumulate": (2, 3)}
CONSTRAINTS = [("MaxNorm", {"max_value": 0.8}), ("MaxNorm", {"max_value": 1.0, "axis": [0]}), ("NonNeg", {}), ("UnitNorm", {}), ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.0, "rate": 0.7})]
REGULARIZERS = [("L1", {}), ("L1", {"l1": 0.3}), ("L2", {}), ("L2", {"l2": 0.3}), ("L1L2", {"l1": 0.1, "l2": 0.2}), ("L1L2", {"l2": 0.2}), ("OrthogonalRegularizer", {}), ("OrthogonalRegularizer", {"factor": 0.5, "mode": "columns"})]
EACH = 26


def one(rng, kind):
    options, common = subset(rng, OPTIMIZERS[kind]), subset(rng, COMMON, 0.3)
    schedule = choose(rng, *SCHEDULES) if some(rng, 0.3) else None
    if schedule is None:
        options["learning_rate"] = choose(rng, 0.01, 0.05)
    if "weight_decay" in common:
        options["weight_decay"] = common["weight_decay"]
    if "clip" in common:
        options[common["clip"][0]] = common["clip"][1]
    if "use_ema" in common:
        options.update(use_ema=True, ema_momentum=choose(rng, 0.5, 0.9), **({"ema_overwrite_frequency": choose(rng, 3, 4)} if some(rng) else {}))
    elif "accumulate" in common and schedule is None:  # with averages or schedules cornus counts updates
        options["gradient_accumulation_steps"] = common["accumulate"]
    constraint = choose(rng, *CONSTRAINTS) if some(rng, 0.25) and "gradient_accumulation_steps" not in options else None
    return options, schedule, constraint


def compute(kind, options, schedule, constraint):
    def run(drawn, cast):
        rate = {} if schedule is None else {"learning_rate": getattr(keras.optimizers.schedules, schedule[0])(**schedule[1])}
        optimizer = getattr(keras.optimizers, kind)(**options, **rate)
        weights = [keras.Variable(w) for w in drawn[:3]]
        if constraint:
            weights[1].constraint = getattr(keras.constraints, constraint[0])(**constraint[1])
        optimizer.build(weights)
        for step in range(STEPS):
            optimizer.apply([keras.ops.convert_to_tensor(g[step]) for g in drawn[3:]], weights)
        found = {"y": [values_of(w) for w in weights], "state": [values_of(v).astype(keras.config.floatx()) for v in optimizer.variables]}
        if options.get("use_ema"):
            optimizer.finalize_variable_values(weights)
            found["finalized"] = [values_of(w) for w in weights]
        return {**found, "notes": {"rate": float(optimizer.learning_rate)}}

    return run


def part(family, name, options, shape, module):
    def run(drawn, cast):
        return {"y": values_of(getattr(module, name)(**options)(keras.ops.convert_to_tensor(drawn[0])))}

    return Spec({"part": family, "name": name, "options": camel_keys(options), "inputs": [["normal", shape]]}, run)


def saved(pair):
    return {"className": pair[0], "config": camel_keys(pair[1])}


def cases(rng):
    for name, options in REGULARIZERS:
        for shape in ([3, 4], [4, 3], *([] if name == "OrthogonalRegularizer" else [[5], [2, 3, 4]])):
            yield part("regularizers", name, options, shape, keras.regularizers)
    for name, options in CONSTRAINTS:
        for shape in ([3, 4], [4], [2, 3, 4]):
            yield part("constraints", name, options, shape, keras.constraints)
    for kind in OPTIMIZERS:
        for _ in range(EACH):
            options, schedule, constraint = one(rng, kind)
            data = {"optimizer": kind, "options": camel_keys(options), **({"schedule": saved(schedule)} if schedule else {}), **({"constraint": saved(constraint)} if constraint else {}),
                    "inputs": [["normal", shape] for shape in SHAPES] + [["normal", [STEPS, *shape]] for shape in SHAPES]}
            yield Spec(data, compute(kind, options, schedule, constraint))
