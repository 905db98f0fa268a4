// Types of options, callbacks and models; tsc checks them (npm run types).
import {
  Callback,
  layers,
  losses,
  metrics,
  ops,
  optimizers,
  sequential,
  type ActivationLike,
  type CallbackHooks,
  type DenseOptions,
  type LossLike,
  type MetricLike,
  type OptimizerLike,
  type Tensor,
} from '../../src/index'

// Names in our spelling, in Keras's, and as classes
export const activations: ActivationLike[] = ['relu', 'leaky_relu', 'leakyRelu', 'swish', null, (x) => ops.mul(x, 2)]
export const lossNames: LossLike[] = [
  'mse',
  'meanSquaredError',
  'mean_squared_error',
  'MeanSquaredError',
  'cosine_proximity',
  'kullback_leibler_divergence',
  losses.huber({ delta: 2 }),
]
export const metricNames: MetricLike[] = [
  'accuracy',
  'acc',
  'top_k_categorical_accuracy',
  metrics.auc(),
  (yTrue, yPred) => ops.sub(yTrue, yPred),
]
export const optimizerNames: OptimizerLike[] = ['adam', 'AdamW', 'RMSprop', optimizers.sgd()]
// @ts-expect-error misspelt
export const wrongActivation: ActivationLike = 'rellu'
// @ts-expect-error misspelt
export const wrongLoss: LossLike = 'meanSquareError'
// @ts-expect-error misspelt
export const wrongPadding = layers.conv2d({ filters: 1, kernelSize: 3, padding: 'smae' })
layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same', dataFormat: 'channels_first' })

export const block = (options: DenseOptions) => layers.dense({ ...options, activation: 'relu' })

const model = sequential([layers.dense({ units: 2, inputShape: [2] }), layers.dense(1)])
export const second: number = model.layers[1]!.countParams()
// @ts-expect-error a misspelt loss
model.compile({ loss: 'msee' })

// What comes out of fit, evaluate and predict
const { history } = await model.fit([[1, 2]], [1])
export const curve: number[] = history.loss
export const last: number | undefined = history.val_accuracy?.at(-1)
const { loss } = await model.evaluate([[1, 2]], [1])
export const lossIsNumber: number = loss
// @ts-expect-error a prediction is a tensor: its values are read from it
export const notArray: number = model.predict([[1, 2]])[0]
const waiting = model.predict([[1, 2]]).data()
// @ts-expect-error values that were not awaited
export const notAwaited: number = waiting[0]

// Callbacks
class Stop extends Callback {
  onEpochEnd(epoch: number, logs: { loss?: number }): void {
    if (epoch > 3 && (logs.loss ?? 1) < 0.1) this.model.stopTraining = true
    this.model.optimizer.learningRate /= 2
  }
}
export const hooks: CallbackHooks[] = [new Stop(), { onEpochEnd: (epoch, { loss = 0 }) => console.log(epoch + loss) }]
export const squared = (x: Tensor): Tensor => x.square()
