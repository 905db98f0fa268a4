"""Configs as Keras saves them: get_config() of every part that both have, over options, and the order, names and paths of weights.

    KERAS_BACKEND=jax python scripts/golden/configs.py > test/golden/configs.json
"""
import json
import os
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import h5py
import keras
import numpy as np
from keras import constraints, initializers, layers, losses, metrics, optimizers, regularizers

schedules = optimizers.schedules
FILE = os.path.join(tempfile.gettempdir(), "configs.weights.h5")


def saved(part):
    """Keras forgets some options (the seed of SimpleRNN, the gain of Identity, the delta of Huber, the axis of CosineSimilarity): they are left out here."""
    data = keras.saving.serialize_keras_object(part)
    return {"class_name": data["class_name"], "config": json.loads(json.dumps(part.get_config()))}


kernel = dict(kernel_initializer=initializers.HeNormal(seed=3), bias_initializer="ones", kernel_regularizer="l2", bias_regularizer=regularizers.L1(0.25), kernel_constraint="max_norm",
              bias_constraint=constraints.MinMaxNorm(0.25, 2.0, 0.5))
recurrent = dict(activation="relu", use_bias=False, recurrent_initializer=initializers.RandomNormal(0.5, 0.25), recurrent_regularizer=regularizers.L1L2(0.5, 0.25),
                 recurrent_constraint="non_neg", dropout=0.25, recurrent_dropout=0.5, seed=7)
walk = dict(return_sequences=True, return_state=True, go_backwards=True, stateful=True, unroll=True, zero_output_for_mask=True, activity_regularizer="l1")
depthwise = dict(depth_multiplier=2, depthwise_initializer="he_uniform", depthwise_regularizer="l1", depthwise_constraint="unit_norm")
gains = dict(epsilon=0.5, center=False, scale=False, beta_initializer="ones", gamma_initializer=initializers.Constant(2.0), beta_regularizer="l2", gamma_regularizer="l1", beta_constraint="non_neg",
             gamma_constraint="unit_norm")


def all_layers():
    for options in ({}, kernel, {"activation": "softmax", "use_bias": False, "trainable": False, "name": "last"}, {"activation": "hard_silu", "activity_regularizer": regularizers.L2(0.5)},
                    {"activation": "log_softmax", "kernel_initializer": initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=5)}, {"kernel_initializer": initializers.Orthogonal(0.5, 3)}):
        yield layers.Dense(3, **options)
    for name in ("relu", "leaky_relu", "relu6", "softmax", "celu", "elu", "selu", "softplus", "softsign", "squareplus", "soft_shrink", "sparse_plus", "silu", "gelu", "glu", "tanh", "tanh_shrink",
                 "hard_tanh", "hard_shrink", "linear", "mish", "log_sigmoid", "log_softmax", "sparsemax", "sparse_sigmoid", "exponential", "hard_sigmoid", "sigmoid"):
        yield layers.Activation(name)
    yield from (layers.Dropout(0.5), layers.Dropout(0.25, noise_shape=(None, 1, 3), seed=4), layers.AlphaDropout(0.5, seed=1), layers.AlphaDropout(0.25, noise_shape=(None, 1)),
                layers.GaussianDropout(0.5, seed=2), layers.GaussianNoise(0.25), layers.SpatialDropout1D(0.5), layers.SpatialDropout2D(0.25, seed=5), layers.SpatialDropout3D(0.5, "channels_first"),
                layers.Flatten(), layers.Flatten("channels_first"), layers.Permute((2, 1)), layers.RepeatVector(3), layers.Reshape((3, -1)), layers.Masking(), layers.Masking(0.5), layers.Identity(),
                layers.ActivityRegularization(0.5, 0.25), layers.InputLayer(shape=(3, None)), layers.InputLayer(batch_shape=(2, 3), dtype="int32", name="indices"))
    yield from (layers.ReLU(), layers.ReLU(6.0, 0.25, 0.5), layers.LeakyReLU(), layers.LeakyReLU(0.5), layers.ELU(), layers.ELU(0.5), layers.PReLU(), layers.PReLU("ones", "l1", "non_neg", [1, 2]),
                layers.PReLU(shared_axes=1), layers.Softmax(), layers.Softmax([1, 2]))
    conv = dict(strides=2, padding="same", activation="tanh", use_bias=False, activity_regularizer="l2", **kernel)
    for rank, make in enumerate((layers.Conv1D, layers.Conv2D, layers.Conv3D), 1):
        yield make(4, 3)
        yield make(4, 3, data_format="channels_first", groups=2, dilation_rate=2)
        yield make(4, tuple(range(2, 2 + rank)), **conv)
    yield layers.Conv1D(4, 3, padding="causal", dilation_rate=2)
    for make in (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose):
        yield make(4, 3)
        yield make(4, 3, output_padding=1, data_format="channels_first", **conv)
    for make in (layers.DepthwiseConv1D, layers.DepthwiseConv2D):
        yield make(3)
        yield make(3, strides=2, padding="same", activation="relu", **depthwise)
    for make in (layers.SeparableConv1D, layers.SeparableConv2D):
        yield make(4, 3)
        yield make(4, 3, data_format="channels_first", pointwise_initializer="ones", pointwise_regularizer="l2", pointwise_constraint="max_norm", **depthwise)
    for rank in (1, 2, 3):
        make = lambda name: getattr(layers, f"{name}{rank}D")
        yield from (make("MaxPooling")(2), make("MaxPooling")(3, 1, "same", "channels_first"), make("AveragePooling")(2), make("AveragePooling")(3, strides=2, padding="same"))
        yield from (make("GlobalMaxPooling")(), make("GlobalMaxPooling")("channels_first", True), make("GlobalAveragePooling")(), make("GlobalAveragePooling")(keepdims=True))
        yield from (make("Cropping")(), make("Cropping")(2), make("ZeroPadding")(), make("ZeroPadding")(2), make("UpSampling")(), make("UpSampling")(3))
        sides = [(1, 2), ((1, 2), (3, 4)), ((1, 2), (3, 4), (5, 6))][rank - 1]
        yield from (make("Cropping")(sides), make("ZeroPadding")(sides, data_format="channels_first"))
    yield layers.UpSampling2D((2, 3), "channels_first", "bilinear")
    yield from (layers.BatchNormalization(), layers.BatchNormalization(1, 0.5, moving_mean_initializer="ones", moving_variance_initializer="zeros", **gains), layers.LayerNormalization(),
                layers.LayerNormalization([1, 2], **gains), layers.GroupNormalization(), layers.GroupNormalization(-1, 1, **gains), layers.RMSNormalization(), layers.RMSNormalization([1, 2], 0.5),
                layers.UnitNormalization(), layers.UnitNormalization([1, 2]),
                layers.BatchNormalization(renorm=True, renorm_clipping={"rmin": 0.5, "rmax": 2.0}, renorm_momentum=0.5))
    yield from (layers.Embedding(5, 3), layers.Embedding(5, 3, "ones", "l2", "non_neg", mask_zero=True))
    for make, extra in ((layers.SimpleRNN, {}), (layers.LSTM, {"recurrent_activation": "tanh", "unit_forget_bias": False}), (layers.GRU, {"recurrent_activation": "hard_sigmoid", "reset_after": False})):
        yield make(4)
        own = {name: value for name, value in recurrent.items() if make is not layers.SimpleRNN or name != "seed"}  # which Keras forgets
        yield make(4, **own, **walk, **extra, **kernel)
    for make, extra in ((layers.SimpleRNNCell, {}), (layers.LSTMCell, {"recurrent_activation": "tanh", "unit_forget_bias": False}), (layers.GRUCell, {"reset_after": False})):
        yield make(4)
        yield make(4, **recurrent, **extra, **kernel)
    yield from (layers.RNN(layers.LSTMCell(3)), layers.RNN([layers.GRUCell(2), layers.LSTMCell(3)], return_sequences=True), layers.StackedRNNCells([layers.SimpleRNNCell(2)]))
    for make in (layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D):
        yield make(3, 2)
        yield make(3, 2, padding="same", strides=2, data_format="channels_first", recurrent_activation="hard_sigmoid", unit_forget_bias=False, return_sequences=True, **recurrent, **kernel)
    yield from (layers.Bidirectional(layers.LSTM(3)), layers.Bidirectional(layers.GRU(3, return_sequences=True), "sum"),
                layers.Bidirectional(layers.SimpleRNN(3), None, backward_layer=layers.SimpleRNN(3, go_backwards=True)), layers.TimeDistributed(layers.Dense(3, activation="relu")))
    yield keras.Sequential([layers.Input((4, 3)), layers.LSTM(3, return_sequences=True), layers.TimeDistributed(layers.Dense(2)), keras.Sequential([layers.Input((4, 2)), layers.Dense(2)]),
                            layers.Flatten(), layers.Dense(1, trainable=False)])


def all_losses():
    for make in (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.MeanAbsolutePercentageError, losses.MeanSquaredLogarithmicError, losses.CosineSimilarity, losses.LogCosh, losses.Poisson,
                 losses.KLDivergence, losses.Hinge, losses.SquaredHinge, losses.CategoricalHinge, losses.BinaryCrossentropy, losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy,
                 losses.BinaryFocalCrossentropy, losses.CategoricalFocalCrossentropy, losses.CategoricalGeneralizedCrossEntropy, losses.Dice, losses.Tversky):
        yield make()
        yield make(reduction="mean_with_sample_weight", name="mine")
    yield from (losses.BinaryCrossentropy(True, 0.25), losses.CategoricalCrossentropy(True, 0.25, 1), losses.SparseCategoricalCrossentropy(True, 3), losses.Dice(axis=[1, 2]),
                losses.Tversky(0.25, 0.75), losses.BinaryFocalCrossentropy(True, 0.5, 3.0), losses.CategoricalFocalCrossentropy(0.5, 3.0), losses.CategoricalGeneralizedCrossEntropy(0.25))


def all_metrics():
    for make in (metrics.Mean, metrics.Sum, metrics.Accuracy, metrics.BinaryAccuracy, metrics.CategoricalAccuracy, metrics.SparseCategoricalAccuracy, metrics.TopKCategoricalAccuracy,
                 metrics.SparseTopKCategoricalAccuracy, metrics.MeanSquaredError, metrics.RootMeanSquaredError, metrics.MeanAbsoluteError, metrics.MeanAbsolutePercentageError,
                 metrics.MeanSquaredLogarithmicError, metrics.LogCoshError, metrics.CosineSimilarity, metrics.PearsonCorrelation, metrics.ConcordanceCorrelation, metrics.R2Score, metrics.KLDivergence,
                 metrics.Poisson, metrics.Hinge, metrics.SquaredHinge, metrics.CategoricalHinge, metrics.BinaryCrossentropy, metrics.CategoricalCrossentropy, metrics.SparseCategoricalCrossentropy,
                 metrics.TruePositives, metrics.FalsePositives, metrics.TrueNegatives, metrics.FalseNegatives, metrics.Precision, metrics.Recall, metrics.AUC, metrics.F1Score, metrics.FBetaScore):
        yield make()
    yield from (metrics.BinaryAccuracy("mine", threshold=0.25), metrics.TopKCategoricalAccuracy(3), metrics.Precision([0.25, 0.5]), metrics.Recall(top_k=2, class_id=1),
                metrics.AUC(50, "PR", "minoring", from_logits=True), metrics.FBetaScore("macro", 2.0, 0.5), metrics.F1Score("micro", 0.25), metrics.R2Score("variance_weighted_average"),
                metrics.SensitivityAtSpecificity(0.5), metrics.SpecificityAtSensitivity(0.5, 50), metrics.PrecisionAtRecall(0.5), metrics.RecallAtPrecision(0.25), metrics.IoU(3, [0, 2]),
                metrics.BinaryIoU([1], 0.25), metrics.MeanIoU(3, ignore_class=1), metrics.OneHotIoU(3, [1]), metrics.OneHotMeanIoU(3), metrics.TruePositives([0.25, 0.75]))


def all_optimizers():
    own = {"SGD": dict(momentum=0.5, nesterov=True), "RMSprop": dict(rho=0.5, momentum=0.25, epsilon=0.5, centered=True), "Adam": dict(beta_1=0.5, beta_2=0.25, epsilon=0.5, amsgrad=True),
           "AdamW": dict(weight_decay=0.25), "Adadelta": dict(rho=0.5), "Adafactor": dict(beta_2_decay=-0.5, epsilon_1=0.25, epsilon_2=0.5, clip_threshold=2.0, relative_step=False),
           "Adagrad": dict(initial_accumulator_value=0.5), "Adamax": dict(beta_1=0.5), "Ftrl": dict(learning_rate_power=-0.25, l1_regularization_strength=0.5, beta=0.25),
           "Lamb": dict(beta_2=0.5), "Lion": dict(beta_1=0.5), "Nadam": dict(epsilon=0.5)}
    for name, options in own.items():
        yield getattr(optimizers, name)()
        yield getattr(optimizers, name)(learning_rate=0.25, clipnorm=0.5, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=10, gradient_accumulation_steps=2, name="mine", **options)
    yield optimizers.SGD(schedules.ExponentialDecay(0.5, 10, 0.5, True), weight_decay=0.25, global_clipnorm=0.5)


def all_schedules():
    return (schedules.ExponentialDecay(0.5, 10, 0.5), schedules.PiecewiseConstantDecay([10, 20], [0.5, 0.25, 0.125]), schedules.PolynomialDecay(0.5, 10, 0.25, 2.0, True), schedules.InverseTimeDecay(0.5, 10, 0.5, True),
            schedules.CosineDecay(0.5, 10, 0.25, warmup_target=1.0, warmup_steps=5), schedules.CosineDecayRestarts(0.5, 10, 3.0, 0.5, 0.25), schedules.PolynomialDecay(0.5, 10), schedules.CosineDecay(0.5, 10))


def all_initializers():
    for make in (initializers.GlorotUniform, initializers.GlorotNormal, initializers.HeUniform, initializers.HeNormal, initializers.LecunUniform, initializers.LecunNormal):
        yield from (make(), make(seed=3))
    yield from (initializers.Zeros(), initializers.Ones(), initializers.Constant(0.5), initializers.Identity(), initializers.RandomNormal(), initializers.RandomNormal(0.5, 0.25, 3),
                initializers.RandomUniform(), initializers.RandomUniform(-0.5, 0.25, 3), initializers.TruncatedNormal(0.5, 0.25), initializers.VarianceScaling(), initializers.Orthogonal(),
                initializers.VarianceScaling(0.5, "fan_avg", "untruncated_normal", 3), initializers.Orthogonal(0.5, 3))


def all_regularizers():
    return (regularizers.L1(0.25), regularizers.L2(), regularizers.L2(0.25), regularizers.L1L2(0.5, 0.25), regularizers.OrthogonalRegularizer(0.25, "columns"))


def all_constraints():
    return (constraints.MaxNorm(), constraints.MaxNorm(0.5, [0, 1]), constraints.NonNeg(), constraints.UnitNorm(), constraints.UnitNorm(1), constraints.MinMaxNorm(), constraints.MinMaxNorm(0.25, 0.5, 0.75, 1))


def weights():
    """Order and shapes of weights, and where they stand in a file."""
    small = lambda: keras.Sequential([layers.Input((4, 2)), layers.Dense(2), layers.BatchNormalization(), layers.Dense(3)])
    models = {
        "batch normalization in the middle": [layers.Input((4, 3)), layers.Dense(2), layers.BatchNormalization(), layers.Dense(1)],
        "recurrent": [layers.Input((4, 3)), layers.LSTM(2, return_sequences=True), layers.Bidirectional(layers.GRU(2, return_sequences=True)), layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)])],
        "nested": [layers.Input((4, 3)), layers.TimeDistributed(layers.Dense(2)), small(), layers.BatchNormalization(), small_of_three()],
        "without weights between": [layers.Input((4, 4, 1)), layers.Conv2D(2, 3), layers.ReLU(), layers.Flatten(), layers.PReLU(), layers.Dropout(0.5, seed=1), layers.Dense(2)],
    }
    found = {}
    for name, stack in models.items():
        model = keras.Sequential(stack)
        by_value = {}
        for i, weight in enumerate(model.weights):
            weight.assign(np.full(weight.shape, i))
        model.save_weights(FILE)
        with h5py.File(FILE) as file:
            file.visititems(lambda path, item: by_value.__setitem__(int(np.asarray(item).flat[0]), path) if isinstance(item, h5py.Dataset) else None)
        trainable = {id(weight) for weight in model.trainable_weights}
        found[name] = {"model": saved(model), "weights": [{"path": by_value[i], "shape": list(weight.shape), "trainable": id(weight) in trainable} for i, weight in enumerate(model.weights)],
                       "trainable": [[id(each) for each in model.weights].index(id(weight)) for weight in model.trainable_weights]}
    return found


def small_of_three():
    return keras.Sequential([layers.Input((4, 3)), layers.LayerNormalization(), layers.Dense(1)])


families = {"layers": all_layers, "losses": all_losses, "metrics": all_metrics, "optimizers": all_optimizers, "schedules": all_schedules, "initializers": all_initializers,
            "regularizers": all_regularizers, "constraints": all_constraints}
print(json.dumps({**{name: [saved(part) for part in parts()] for name, parts in families.items()}, "weights": weights()}, separators=(",", ":")))
