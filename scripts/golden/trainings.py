"""trainings.json: the losses of 50 training steps of twenty whole models. Weights and data come from the generator below, which the test has too;
a case says what its data look like. Models of the test (test/trainings.golden.test.ts) are the same by hand."""
import math
import sys

from common import Oracle, jax, keras, np, write

layers, ops = keras.layers, keras.ops
STEPS, BATCHES, BATCH = 50, 5, 6


def stream(seed, n):
    """n numbers of 0 ≤ u < 1: a linear congruential generator that every language has."""
    out, state = np.empty(n), seed
    for i in range(n):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state / 2**32
    return out


def leaf(spec, seed):
    kind, shape = spec["kind"], [BATCH * BATCHES, *spec["shape"]]
    u = stream(seed, math.prod(shape)).reshape(shape)
    if kind == "values":
        return (2 * u - 1).astype("float32")
    if kind == "bits":
        return (u < 0.5).astype("float32")
    if kind == "ints":
        return np.floor(u * spec["below"]).astype("int32")
    if kind == "tokens":  # padded at the end: row r has 1 + r mod steps tokens, 0 is padding
        tokens = 1 + np.floor(u * (spec["below"] - 1)).astype("int32")
        lengths = 1 + np.arange(shape[0]) % shape[1]
        return np.where(np.arange(shape[1]) < lengths[:, None], tokens, 0).astype("int32")
    raise ValueError(kind)


def data_of(tree, seed):
    if isinstance(tree.get("kind"), str):
        return leaf(tree, seed)
    return {name: data_of(part, seed + 17 * (i + 1)) for i, (name, part) in enumerate(tree.items())}


def fill(model, seed=3):
    """Matrices and filters from the generator, by fan in; vectors stay as Keras begins them."""
    model.set_weights([
        ((2 * stream(seed + i, w.size) - 1) * math.sqrt(3 / math.prod(w.shape[:-1])) if len(w.shape) > 1 else np.asarray(w)).reshape(w.shape)
        for i, w in enumerate(map(np.asarray, model.get_weights()))
    ])
    return model


def part(tree, step, cast):
    at = slice(step % BATCHES * BATCH, (step % BATCHES + 1) * BATCH)
    return {k: part(v, step, cast) for k, v in tree.items()} if isinstance(tree, dict) else cast(tree[at])


def values(*shape):
    return {"kind": "values", "shape": list(shape)}


def ints(below, *shape):
    return {"kind": "ints", "below": below, "shape": list(shape)}


def tokens(below, steps):
    return {"kind": "tokens", "below": below, "shape": [steps]}


def bits(*shape):
    return {"kind": "bits", "shape": list(shape)}


sgd = lambda rate=0.05, momentum=0.9: keras.optimizers.SGD(rate, momentum=momentum)  # noqa: E731
adam = lambda rate=0.005: keras.optimizers.Adam(rate, epsilon=1e-4)  # noqa: E731
dense = layers.Dense


def compiled(model, optimizer, loss, **more):
    fill(model).compile(optimizer=optimizer, loss=loss, **more)
    return model


# Each: (x, y, make); make(cast) → a model to train, or a function (step, x, y) → loss.
def two_branch():
    a, b = keras.Input((6,), name="a"), keras.Input((4,), name="b")
    h = layers.Concatenate()([dense(8, activation="tanh", name="left")(a), dense(5, activation="gelu", name="right")(b)])
    return compiled(keras.Model([a, b], dense(1, name="out")(h)), adam(), "mse")


def multi_output():
    x = keras.Input((8,), name="x")
    h = dense(16, activation="tanh", name="trunk")(x)
    outs = {"kind": dense(3, activation="softmax", name="kind")(h), "size": dense(2, name="size")(h)}
    return compiled(keras.Model(x, outs), sgd(), {"kind": "sparse_categorical_crossentropy", "size": "mae"}, loss_weights={"kind": 1.0, "size": 0.5})


def siamese():
    a, b = keras.Input((7,), name="a"), keras.Input((7,), name="b")
    tower = keras.Sequential([keras.Input((7,)), dense(10, activation="tanh", name="t1"), dense(4, name="t2")], name="tower")
    gap = ops.square(ops.subtract(tower(a), tower(b)))
    return compiled(keras.Model([a, b], dense(1, activation="sigmoid", name="same")(gap)), adam(), "binary_crossentropy")


def conv(filters, size, name, activation="relu", **more):
    return layers.Conv2D(filters, size, padding="same", activation=activation, name=name, **more)


def inception():
    x = keras.Input((8, 8, 3), name="x")
    pooled = layers.MaxPooling2D(3, strides=1, padding="same", name="pool")(x)
    towers = [conv(4, 1, "one")(x), conv(4, 3, "three")(conv(3, 1, "reduce3")(x)), conv(2, 5, "five")(conv(2, 1, "reduce5")(x)), conv(2, 1, "pooled")(pooled)]
    h = layers.GlobalAveragePooling2D(name="gap")(layers.Concatenate(name="cat")(towers))
    return compiled(keras.Model(x, dense(4, activation="softmax", name="out")(h)), sgd(), "sparse_categorical_crossentropy")


def residual():
    x = keras.Input((6, 6, 3), name="x")
    h = conv(4, 3, "stem", "relu")(x)
    for i in (1, 2):
        r = layers.BatchNormalization(name=f"bn{i}a")(conv(4, 3, f"c{i}a", None)(h))
        r = layers.BatchNormalization(name=f"bn{i}b")(conv(4, 3, f"c{i}b", None)(ops.relu(r)))
        h = ops.relu(ops.add(h, r))
    h = layers.GlobalAveragePooling2D(name="gap")(h)
    return compiled(keras.Model(x, dense(3, activation="softmax", name="out")(h)), sgd(0.02), "sparse_categorical_crossentropy")


def unet():
    x = keras.Input((8, 8, 1), name="x")
    d1 = conv(3, 3, "d1")(x)
    d2 = conv(5, 3, "d2")(layers.MaxPooling2D(name="p1")(d1))
    mid = conv(6, 3, "mid")(layers.MaxPooling2D(name="p2")(d2))
    u2 = layers.Conv2DTranspose(5, 2, strides=2, padding="same", name="u2")(mid)
    e2 = conv(5, 3, "e2")(layers.Concatenate(name="s2")([u2, d2]))
    u1 = layers.Conv2DTranspose(3, 2, strides=2, padding="same", name="u1")(e2)
    e1 = conv(3, 3, "e1")(layers.Concatenate(name="s1")([u1, d1]))
    return compiled(keras.Model(x, conv(1, 1, "mask", "sigmoid")(e1)), adam(), "binary_crossentropy")


def nested_twice():
    a = keras.Input((5,), name="a")
    inner = keras.Model(a, dense(5, activation="tanh", name="inner_dense")(a), name="inner")
    b = keras.Input((5,), name="b")
    middle = keras.Model(b, ops.add(inner(inner(b)), dense(5, name="middle_dense")(b)), name="middle")
    x = keras.Input((5,), name="x")
    return compiled(keras.Model(x, dense(2, name="out")(middle(middle(x)))), adam(), "mse")


def shared_sequential():
    xs = [keras.Input((6,), name=n) for n in "abc"]
    net = keras.Sequential([keras.Input((6,)), dense(8, activation="swish", name="s1"), layers.LayerNormalization(name="ln"), dense(3, name="s2")], name="shared")
    h = layers.Average(name="avg")([net(x) for x in xs])
    return compiled(keras.Model(xs, dense(3, activation="softmax", name="out")(h)), sgd(), "categorical_crossentropy")


def autoencoder():
    x = keras.Input((10,), name="x")
    code = dense(3, activation="tanh", activity_regularizer=keras.regularizers.L2(0.01), kernel_regularizer=keras.regularizers.L2(0.001), name="code")(x)
    return compiled(keras.Model(x, dense(10, name="decoded")(code)), adam(0.01), "mse")


class Sampling(layers.Layer):
    def call(self, inputs):
        mean, log_var, noise = inputs
        self.add_loss(-0.5 * ops.mean(ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), -1)) * 0.1)
        return mean + ops.exp(0.5 * log_var) * noise


def vae():
    x, noise = keras.Input((10,), name="x"), keras.Input((2,), name="noise")
    h = dense(8, activation="tanh", name="h")(x)
    z = Sampling(name="z")([dense(2, name="mean")(h), dense(2, name="log_var")(h), noise])
    return compiled(keras.Model([x, noise], dense(10, name="decoded")(dense(8, activation="tanh", name="g")(z))), adam(0.01), "mse")


def stateless(model, trainable, fixed, x, training=True):
    return model.stateless_call(trainable, fixed, x, training=training)[0]


def gan():
    make = fill(keras.Sequential([keras.Input((3,)), dense(8, activation="tanh", name="g1"), dense(5, name="g2")]), 3)
    judge = fill(keras.Sequential([keras.Input((5,)), dense(8, activation=layers.LeakyReLU(0.2), name="j1"), dense(1, name="j2")]), 30)
    bce = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = [adam(0.01), sgd(0.05)]
    for o, m in zip(optimizers, (judge, make)):
        o.build(m.trainable_variables)
    state = [[v.value for v in part] for part in (judge.trainable_variables, optimizers[0].variables, make.trainable_variables, optimizers[1].variables)]

    @jax.jit
    def run(state, noise, real):
        jt, jo, gt, go = state

        def judge_loss(jt):
            fake, true = stateless(judge, jt, [], stateless(make, gt, [], noise)), stateless(judge, jt, [], real)
            return bce(ops.ones_like(true), true) + bce(ops.zeros_like(fake), fake)

        d, grads = jax.value_and_grad(judge_loss)(jt)
        jt, jo = optimizers[0].stateless_apply(jo, grads, jt)

        def make_loss(gt):
            fake = stateless(judge, jt, [], stateless(make, gt, [], noise))
            return bce(ops.ones_like(fake), fake)

        g, grads = jax.value_and_grad(make_loss)(gt)
        gt, go = optimizers[1].stateless_apply(go, grads, gt)
        return (jt, jo, gt, go), d + g

    def step(x, y):
        state[:], loss = run(tuple(state), x, y)
        return loss

    return step


def cnn_rnn():
    x = keras.Input((4, 6, 6, 1), name="x")
    h = layers.TimeDistributed(layers.Conv2D(3, 3, activation="tanh", name="c"), name="td")(x)
    h = layers.TimeDistributed(layers.Flatten(), name="flat")(h)
    h = layers.GRU(5, name="gru")(h)
    return compiled(keras.Model(x, dense(3, activation="softmax", name="out")(h)), adam(), "sparse_categorical_crossentropy")


def encoder_decoder():
    source, target = keras.Input((5, 3), name="source"), keras.Input((4, 2), name="target")
    _, h, c = layers.LSTM(6, return_state=True, name="encoder")(source)
    d = layers.LSTM(6, return_sequences=True, name="decoder")(target, initial_state=[h, c])
    return compiled(keras.Model([source, target], dense(4, activation="softmax", name="out")(d)), adam(0.01), "sparse_categorical_crossentropy")


def own_step():
    model = fill(keras.Sequential([keras.Input((6,)), dense(8, activation="tanh", name="d1"), dense(1, name="d2")]))
    optimizer = keras.optimizers.RMSprop(0.005, epsilon=1e-4)
    optimizer.build(model.trainable_variables)
    state = [[v.value for v in part] for part in (model.trainable_variables, optimizer.variables)]

    @jax.jit
    def run(state, x, y):
        def loss(weights):
            flat, shifted = stateless(model, weights, [], x), stateless(model, weights, [], x * 1.1)
            return ops.mean(ops.square(flat - y)) + 0.5 * ops.mean(ops.square(flat - shifted))

        value, grads = jax.value_and_grad(loss)(state[0])
        return optimizer.stateless_apply(state[1], grads, state[0]), value

    def step(x, y):
        state[:], value = run(state, x, y)
        return value

    return step


def dictionary():
    title, body = keras.Input((4,), dtype="int32", name="title"), keras.Input((5,), name="body")
    t = layers.GlobalAveragePooling1D(name="gap")(layers.Embedding(9, 4, name="words")(title))
    h = dense(8, activation="selu", name="h")(layers.Concatenate()([t, body]))
    outs = {"price": dense(1, name="price")(h), "tag": dense(2, activation="sigmoid", name="tag")(h)}
    return compiled(keras.Model({"title": title, "body": body}, outs), adam(), {"price": "huber", "tag": "binary_crossentropy"})


def seq2seq():
    x = keras.Input((5,), dtype="int32", name="x")
    h = layers.GRU(6, name="encoder")(layers.Embedding(8, 4, mask_zero=True, name="words")(x))
    h = layers.GRU(6, return_sequences=True, name="decoder")(layers.RepeatVector(3, name="repeat")(h))
    return compiled(keras.Model(x, layers.TimeDistributed(dense(5, activation="softmax", name="each"), name="out")(h)), adam(0.01), "sparse_categorical_crossentropy")


def wide_and_deep():
    wide, cat = keras.Input((6,), name="wide"), keras.Input((2,), dtype="int32", name="category")
    deep = layers.Flatten(name="flat")(layers.Embedding(7, 3, name="table")(cat))
    deep = dense(4, activation="elu", name="deep2")(dense(8, activation="elu", name="deep1")(deep))
    h = layers.Concatenate(name="cat")([wide, deep])
    return compiled(keras.Model([wide, cat], dense(1, activation="sigmoid", name="out")(h)), keras.optimizers.Adagrad(0.05, epsilon=1e-4), "binary_crossentropy")


def fine_tune():
    base = keras.Sequential([keras.Input((6,)), dense(8, name="b1"), layers.BatchNormalization(name="bn"), layers.Activation("tanh", name="act")], name="base")
    model = fill(keras.Sequential([keras.Input((6,)), base, dense(2, name="head")]))
    base.trainable = False
    model.compile(sgd(0.05), "mse")

    at = [0]

    def step(x, y):
        if at[0] == STEPS // 2:
            base.trainable = True
            model.compile(sgd(0.01), "mse")
        at[0] += 1
        model.reset_metrics()
        return model.train_on_batch(x, y)

    return step


def shared_masks():
    a, b = keras.Input((5,), dtype="int32", name="a"), keras.Input((5,), dtype="int32", name="b")
    words, lstm = layers.Embedding(8, 4, mask_zero=True, name="words"), layers.LSTM(5, name="lstm")
    h = layers.Concatenate(name="cat")([lstm(words(a)), lstm(words(b))])
    return compiled(keras.Model([a, b], dense(1, name="out")(h)), adam(0.01), "mse")


class Tied(layers.Layer):
    def __init__(self, table, **more):
        super().__init__(**more)
        self.table = table

    def call(self, x):
        return ops.softmax(ops.matmul(x, ops.transpose(self.table.embeddings)))


def weight_tied():
    x = keras.Input((5,), dtype="int32", name="x")
    table = layers.Embedding(7, 4, name="table")
    h = layers.SimpleRNN(4, return_sequences=True, name="rnn")(table(x))
    return compiled(keras.Model(x, Tied(table, name="tied")(h)), sgd(0.05), "sparse_categorical_crossentropy")


def masked_steps():
    x = keras.Input((6,), dtype="int32", name="x")
    h = layers.Bidirectional(layers.LSTM(4, return_sequences=True, name="lstm"), name="both")(layers.Embedding(8, 4, mask_zero=True, name="words")(x))
    return compiled(keras.Model(x, dense(3, activation="softmax", name="out")(h)), adam(0.01), "sparse_categorical_crossentropy")


def graph_of_ops():
    x = keras.Input((4, 6), name="x")
    left, right = x[:, :, :3], x[:, :, 3:]
    h = ops.concatenate([ops.tanh(left * right), ops.exp(ops.negative(ops.square(left - right)))], axis=-1)
    h = dense(4, name="d")(ops.mean(h, axis=1))
    return compiled(keras.Model(x, ops.sum(h * h, axis=-1, keepdims=True)), sgd(0.02), "mse")


KINK = 1e-3  # relu or maximum pooling: a tie or a kink may fall to the other side
CASES = [
    ("two branches", two_branch, {"a": values(6), "b": values(4)}, values(1), 1e-4),
    ("several outputs", multi_output, values(8), {"kind": ints(3), "size": values(2)}, KINK),
    ("siamese", siamese, {"a": values(7), "b": values(7)}, bits(1), 1e-4),
    ("inception", inception, values(8, 8, 3), ints(4), KINK),
    ("residual", residual, values(6, 6, 3), ints(3), KINK),
    ("U-Net", unet, values(8, 8, 1), bits(8, 8, 1), KINK),
    ("nested twice", nested_twice, values(5), values(2), 1e-4),
    ("shared sequential", shared_sequential, {n: values(6) for n in "abc"}, {"kind": "bits", "shape": [3]}, 1e-4),
    ("autoencoder", autoencoder, values(10), values(10), 1e-4),
    ("variational autoencoder", vae, {"x": values(10), "noise": values(2)}, values(10), 1e-4),
    ("GAN step", gan, values(3), values(5), KINK),
    ("CNN and RNN", cnn_rnn, values(4, 6, 6, 1), ints(3), 1e-4),
    ("encoder and decoder", encoder_decoder, {"source": values(5, 3), "target": values(4, 2)}, ints(4, 4), 1e-4),
    ("own step", own_step, values(6), values(1), 1e-4),
    ("inputs and outputs by name", dictionary, {"title": ints(9, 4), "body": values(5)}, {"price": values(1), "tag": bits(2)}, 1e-4),
    ("sequence to sequence", seq2seq, tokens(8, 5), ints(5, 3), 1e-4),
    ("wide and deep", wide_and_deep, {"wide": values(6), "category": ints(7, 2)}, bits(1), 1e-4),
    ("frozen, then fine-tuned", fine_tune, values(6), values(2), 1e-4),
    ("masks through a shared LSTM", shared_masks, {"a": tokens(8, 5), "b": tokens(8, 5)}, values(1), 1e-4),
    ("tied weights", weight_tied, ints(7, 5), ints(7, 5), 1e-4),
    ("masked steps", masked_steps, tokens(8, 6), ints(3, 6), 1e-4),
    ("graph of ops", graph_of_ops, values(4, 6), values(1), 1e-4),
]


def train(make, x, y):
    def run(cast):
        keras.utils.set_random_seed(1)
        model = make()
        one = model if callable(model) and not isinstance(model, keras.Model) else model.train_on_batch
        listed = isinstance(model, keras.Model) and isinstance(model.input, list)
        losses = []
        for i in range(STEPS):
            bx, by = part(x, i, cast), part(y, i, cast)
            if listed:
                bx = list(bx.values())
            if isinstance(model, keras.Model):
                model.reset_metrics()  # else logs are means of all steps so far
            found = one(bx, by)
            losses.append(float(found[0] if isinstance(found, (list, tuple)) else found))
        return {"losses": np.array(losses, "float64")}

    return run


def main():
    only = sys.argv[1:]
    oracle, cases = Oracle(3e-4), []
    for i, (name, make, x_spec, y_spec, tolerance) in enumerate(CASES):
        if only and make.__name__ not in only:
            continue
        x, y = data_of(x_spec, 1000 * (i + 1)), data_of(y_spec, 1000 * (i + 1) + 500)
        oracle.worst = 0.0
        oracle.tolerance = tolerance
        losses = oracle(name, train(make, x, y))["losses"]
        print(f"{name}: {losses[0]:.4f} → {losses[-1]:.4f}, float32 within {oracle.worst:.1e}", flush=True)
        cases.append({"name": name, "seed": 1000 * (i + 1), "x": x_spec, "y": y_spec, "tolerance": tolerance, "losses": [float(f"{v:.8g}") for v in losses]})
    if not only:
        write("trainings", oracle, cases, steps=STEPS, batches=BATCHES, batch=BATCH)


if __name__ == "__main__":
    main()
