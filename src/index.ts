// cornus: the public names.
export { CornusError, type ErrorCode } from './util/errors'
export {
  eye,
  fill,
  handOver,
  ones,
  tensor,
  Tensor,
  variable,
  Variable,
  zeros,
  type DType,
  type NestedArray,
  type NestedValues,
  type Shape,
  type TensorLike,
  type Values,
} from './tensor'
export { compile, grad, valueAndGrad, type CompiledFunction } from './transform'
export {
  activations,
  constraints,
  dispose,
  evaluation,
  initializers,
  layers,
  losses,
  metrics,
  ops,
  optimizers,
  regularizers,
  scalar,
  tensor1d,
  tensor2d,
  tensor3d,
  tensor4d,
  tidy,
  utils,
} from './rooms'
export {
  Layer,
  type AnyLayer,
  type ApplyOptions,
  type CallContext,
  type LayerInput,
  type LayerOptions,
  type Outputs,
  type PartialShape,
} from './layers/layer'
export { RNNCell, type CellContext, type StepOutputs } from './layers/rnnCell'
export { Model, type LossAndGradients, type LossInputs, type Results } from './model/model'
export type { CompileOptions } from './model/compiled'
export type { DataTree, StepData } from './model/data'
export type { EvaluateOptions, FitOptions, PredictOptions, TestOnBatchOptions, TrainOnBatchOptions, ValidationData } from './model/options'
export type { BatchIterable, BatchLike } from './model/sources'
export type { StepLogs } from './model/steps'

export { Functional, input, model, type InputOptions, type ModelOptions } from './model/functional'
export { cloneModel, modelFromJSON, registerSerializable, type CloneOptions } from './model/models'
export { Sequential, sequential, type SequentialOptions } from './model/sequential'
export { Callback, type CallbackHooks, type Logs } from './callbacks/callback'
export { History } from './callbacks/history'
export * as callbacks from './callbacks/index'
export * as datasets from './data/datasets/index'
export * as text from './text/index'
export { setSeed } from './seed'
export type * from './types'
export {
  describeFile,
  exportModel,
  listModels,
  loadModel,
  removeModel,
  type DescribeOptions,
  type FileDescription,
  type LoadModelOptions,
  type ModelFormatName,
  type SaveModelOptions,
} from './io/index'
import './looking/index'
import './looks'
import './selfCheck'
export { configure, info, type Info } from './runtime/settings'
