"""activations.json: every activation and its gradient, with and without options."""
from common import Oracle, camel, camel_keys, jax, keras, normal, np, pack, random, write

ACTIVATIONS = [
    ("linear", {}), ("relu", {}), ("relu", {"negative_slope": 0.1}), ("relu", {"max_value": 1.5}), ("relu", {"threshold": 0.5}),
    ("relu", {"negative_slope": 0.2, "max_value": 1.5, "threshold": 0.5}),
    ("relu6", {}), ("leaky_relu", {}), ("leaky_relu", {"negative_slope": 0.05}),
    ("elu", {}), ("elu", {"alpha": 0.7}), ("selu", {}), ("celu", {}), ("celu", {"alpha": 0.7}),
    ("gelu", {}), ("gelu", {"approximate": True}), ("silu", {}), ("mish", {}),
    ("softplus", {}), ("softsign", {}), ("tanh", {}), ("sigmoid", {}), ("log_sigmoid", {}), ("exponential", {}),
    ("hard_sigmoid", {}), ("hard_silu", {}), ("hard_tanh", {}), ("hard_shrink", {}), ("hard_shrink", {"threshold": 1.2}),
    ("soft_shrink", {}), ("soft_shrink", {"threshold": 1.2}), ("tanh_shrink", {}),
    ("threshold", {"threshold": 0.3, "default_value": -2.0}),
    ("squareplus", {}), ("squareplus", {"b": 1.5}), ("sparse_plus", {}), ("sparse_sigmoid", {}),
    ("softmax", {}), ("softmax", {"axis": 0}), ("log_softmax", {}), ("log_softmax", {"axis": 0}),
    ("sparsemax", {}), ("sparsemax", {"axis": 0}), ("glu", {}), ("glu", {"axis": 0}),
]


def make_input():
    """Small, middling and large values; ±0 in the corners; nothing within 1e-3 of a kink, where the gradient is a matter of taste."""
    rng = random(3)
    x = normal(rng, 6, 16) * np.array([0.3, 1, 1, 2, 4, 12], "float32")[:, None]
    for kink in (0, 0.3, 0.5, 1, 1.2, 1.5, 3, 6):
        near = np.abs(np.abs(x) - kink) < 2e-3
        x[near] += np.sign(x[near]) * np.float32(5e-3)
    smooth = x.copy()
    smooth[0, 0], smooth[0, 1] = 0.0, -0.0
    return x, smooth


SMOOTH = {"linear", "silu", "gelu", "mish", "softplus", "softsign", "tanh", "sigmoid", "log_sigmoid", "exponential", "squareplus",
          "softmax", "log_softmax", "glu", "tanh_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "sparse_plus", "sparse_sigmoid"}


def main():
    x, smooth = make_input()
    data = {"x": x, "zeros": smooth, "dy": normal(random(4), 6, 16)}
    data["dyGlu"], data["dyGlu0"] = data["dy"][:, :8], data["dy"][:3]
    oracle, cases = Oracle(), []
    for name, options in ACTIVATIONS:
        source = "zeros" if name in SMOOTH else "x"
        dy = ("dyGlu0" if options.get("axis") == 0 else "dyGlu") if name == "glu" else "dy"

        def run(cast):
            y, pullback = jax.vjp(lambda v: getattr(keras.activations, name)(v, **options), jax.numpy.asarray(cast(data[source])))
            return {"y": y, "dx": pullback(jax.numpy.asarray(cast(data[dy])))[0]}

        found = oracle(f"{name} {options}", run)
        cases.append({"activation": camel(name), "options": camel_keys(options), "x": source, "dy": dy, "y": pack(found["y"]), "dx": pack(found["dx"])})
    write("activations", oracle, cases, data={key: pack(value) for key, value in data.items()})


if __name__ == "__main__":
    main()
