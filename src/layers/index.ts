// Factories by the names that users know: layers.dense({ units: 10 }).
import type { Tensor } from '../graph/node'
import { Activation, type ActivationOptions } from './activation'
import { Dense, type DenseOptions } from './dense'
import { Dropout, type DropoutOptions } from './dropout'
import { Flatten, type FlattenOptions } from './flatten'
import { InputLayer, type InputOptions } from './inputLayer'
import { Lambda, type LambdaOptions } from './lambda'
import { Permute, type PermuteOptions } from './permute'
import { RepeatVector, type RepeatVectorOptions } from './repeatVector'
import { Reshape, type ReshapeOptions } from './reshape'
import { Conv1D, type Conv1DOptions } from './conv1D'
import { Conv1DTranspose, type Conv1DTransposeOptions } from './conv1DTranspose'
import { Conv2D, type Conv2DOptions } from './conv2D'
import { Conv2DTranspose, type Conv2DTransposeOptions } from './conv2DTranspose'
import { Conv3D, type Conv3DOptions } from './conv3D'
import { Conv3DTranspose, type Conv3DTransposeOptions } from './conv3DTranspose'
import { Cropping1D, type Cropping1DOptions } from './cropping1D'
import { Cropping2D, type Cropping2DOptions } from './cropping2D'
import { Cropping3D, type Cropping3DOptions } from './cropping3D'
import { DepthwiseConv1D, type DepthwiseConv1DOptions } from './depthwiseConv1D'
import { DepthwiseConv2D, type DepthwiseConv2DOptions } from './depthwiseConv2D'
import { SeparableConv1D, type SeparableConv1DOptions } from './separableConv1D'
import { SeparableConv2D, type SeparableConv2DOptions } from './separableConv2D'
import { UpSampling1D, type UpSampling1DOptions } from './upSampling1D'
import { UpSampling2D, type UpSampling2DOptions } from './upSampling2D'
import { UpSampling3D, type UpSampling3DOptions } from './upSampling3D'
import { ZeroPadding1D, type ZeroPadding1DOptions } from './zeroPadding1D'
import { ZeroPadding2D, type ZeroPadding2DOptions } from './zeroPadding2D'
import { ZeroPadding3D, type ZeroPadding3DOptions } from './zeroPadding3D'
import { MaxPooling1D } from './maxPooling1D'
import { MaxPooling2D } from './maxPooling2D'
import { MaxPooling3D } from './maxPooling3D'
import { AveragePooling1D } from './averagePooling1D'
import { AveragePooling2D } from './averagePooling2D'
import { AveragePooling3D } from './averagePooling3D'
import { GlobalMaxPooling1D } from './globalMaxPooling1D'
import { GlobalMaxPooling2D } from './globalMaxPooling2D'
import { GlobalMaxPooling3D } from './globalMaxPooling3D'
import { GlobalAveragePooling1D } from './globalAveragePooling1D'
import { GlobalAveragePooling2D } from './globalAveragePooling2D'
import { BatchNormalization, type BatchNormalizationOptions } from './batchNormalization'
import { LayerNormalization, type LayerNormalizationOptions } from './layerNormalization'
import { GroupNormalization, type GroupNormalizationOptions } from './groupNormalization'
import { RMSNormalization, type RMSNormalizationOptions } from './rmsNormalization'
import { UnitNormalization, type UnitNormalizationOptions } from './unitNormalization'
import { SpatialDropout1D, type SpatialDropout1DOptions } from './spatialDropout1D'
import { SpatialDropout2D, type SpatialDropout2DOptions } from './spatialDropout2D'
import { SpatialDropout3D, type SpatialDropout3DOptions } from './spatialDropout3D'
import { GaussianNoise, type GaussianNoiseOptions } from './gaussianNoise'
import { GaussianDropout, type GaussianDropoutOptions } from './gaussianDropout'
import { AlphaDropout, type AlphaDropoutOptions } from './alphaDropout'
import { ReLU, type ReLUOptions } from './reLU'
import { LeakyReLU, type LeakyReLUOptions } from './leakyReLU'
import { ELU, type ELUOptions } from './elu'
import { PReLU, type PReLUOptions } from './prelu'
import { Softmax, type SoftmaxOptions } from './softmax'
import { ActivityRegularization, type ActivityRegularizationOptions } from './activityRegularization'
import { Identity } from './identity'
import type { Layer, LayerOptions } from './layer'
import { GlobalAveragePooling3D } from './globalAveragePooling3D'
import type { GlobalPoolingOptions, PoolingOptions } from './poolingBase'
import { Bidirectional, type BidirectionalOptions } from './bidirectional'
import { ConvLSTM1D, type ConvLSTM1DOptions } from './convLSTM1D'
import { ConvLSTM2D, type ConvLSTM2DOptions } from './convLSTM2D'
import { ConvLSTM3D, type ConvLSTM3DOptions } from './convLSTM3D'
import { ConvLSTM2DCell, type ConvLSTMCellOptions } from './convLSTMCell'
import { Embedding, type EmbeddingOptions } from './embedding'
import { GRU, type GRUOptions } from './gru'
import { GRUCell, type GRUCellOptions } from './gruCell'
import { LSTM, type LSTMOptions } from './lstm'
import { LSTMCell, type LSTMCellOptions } from './lstmCell'
import { Masking, type MaskingOptions } from './masking'
import { RNN, type RNNOptions } from './rnn'
import type { RNNCell } from './rnnCell'
import { SimpleRNN, type SimpleRNNOptions } from './simpleRNN'
import { SimpleRNNCell, type SimpleRNNCellOptions } from './simpleRNNCell'
import { StackedRNNCells, type StackedRNNCellsOptions } from './stackedRNNCells'
import { TimeDistributed, type TimeDistributedOptions } from './timeDistributed'

export const inputLayer = (options: InputOptions | InputOptions['shape'] & {}): InputLayer => new InputLayer(options)
export const dense = (options: DenseOptions | number): Dense => new Dense(options)
export const activation = (options: ActivationOptions | NonNullable<ActivationOptions['activation']>): Activation => new Activation(options)
export const dropout = (options: DropoutOptions | number): Dropout => new Dropout(options)
export const flatten = (options?: FlattenOptions): Flatten => new Flatten(options)
export const reshape = (options: ReshapeOptions | ReshapeOptions['targetShape']): Reshape => new Reshape(options)
export const permute = (options: PermuteOptions | PermuteOptions['dims']): Permute => new Permute(options)
export const repeatVector = (options: RepeatVectorOptions | number): RepeatVector => new RepeatVector(options)
export const lambda = (options: LambdaOptions | LambdaOptions['function']): Lambda => new Lambda(options)
export const conv1d = (options: Conv1DOptions): Conv1D => new Conv1D(options)
export const conv1dTranspose = (options: Conv1DTransposeOptions): Conv1DTranspose => new Conv1DTranspose(options)
export const conv2d = (options: Conv2DOptions): Conv2D => new Conv2D(options)
export const conv2dTranspose = (options: Conv2DTransposeOptions): Conv2DTranspose => new Conv2DTranspose(options)
export const conv3d = (options: Conv3DOptions): Conv3D => new Conv3D(options)
export const conv3dTranspose = (options: Conv3DTransposeOptions): Conv3DTranspose => new Conv3DTranspose(options)
export const cropping1d = (options?: Cropping1DOptions | Cropping1DOptions['cropping']): Cropping1D => new Cropping1D(options)
export const cropping2d = (options?: Cropping2DOptions | Cropping2DOptions['cropping']): Cropping2D => new Cropping2D(options)
export const cropping3d = (options?: Cropping3DOptions | Cropping3DOptions['cropping']): Cropping3D => new Cropping3D(options)
export const depthwiseConv1d = (options: DepthwiseConv1DOptions): DepthwiseConv1D => new DepthwiseConv1D(options)
export const depthwiseConv2d = (options: DepthwiseConv2DOptions): DepthwiseConv2D => new DepthwiseConv2D(options)
export const separableConv1d = (options: SeparableConv1DOptions): SeparableConv1D => new SeparableConv1D(options)
export const separableConv2d = (options: SeparableConv2DOptions): SeparableConv2D => new SeparableConv2D(options)
export const upSampling1d = (options?: UpSampling1DOptions | number): UpSampling1D => new UpSampling1D(options)
export const upSampling2d = (options?: UpSampling2DOptions | UpSampling2DOptions['size']): UpSampling2D => new UpSampling2D(options)
export const upSampling3d = (options?: UpSampling3DOptions | UpSampling3DOptions['size']): UpSampling3D => new UpSampling3D(options)
export const zeroPadding1d = (options?: ZeroPadding1DOptions | ZeroPadding1DOptions['padding']): ZeroPadding1D => new ZeroPadding1D(options)
export const zeroPadding2d = (options?: ZeroPadding2DOptions | ZeroPadding2DOptions['padding']): ZeroPadding2D => new ZeroPadding2D(options)
export const zeroPadding3d = (options?: ZeroPadding3DOptions | ZeroPadding3DOptions['padding']): ZeroPadding3D => new ZeroPadding3D(options)
export const maxPooling1d = (options?: PoolingOptions | PoolingOptions['poolSize']): MaxPooling1D => new MaxPooling1D(options)
export const maxPooling2d = (options?: PoolingOptions | PoolingOptions['poolSize']): MaxPooling2D => new MaxPooling2D(options)
export const maxPooling3d = (options?: PoolingOptions | PoolingOptions['poolSize']): MaxPooling3D => new MaxPooling3D(options)
export const averagePooling1d = (options?: PoolingOptions | PoolingOptions['poolSize']): AveragePooling1D => new AveragePooling1D(options)
export const averagePooling2d = (options?: PoolingOptions | PoolingOptions['poolSize']): AveragePooling2D => new AveragePooling2D(options)
export const averagePooling3d = (options?: PoolingOptions | PoolingOptions['poolSize']): AveragePooling3D => new AveragePooling3D(options)
export const globalMaxPooling1d = (options?: GlobalPoolingOptions): GlobalMaxPooling1D => new GlobalMaxPooling1D(options)
export const globalMaxPooling2d = (options?: GlobalPoolingOptions): GlobalMaxPooling2D => new GlobalMaxPooling2D(options)
export const globalMaxPooling3d = (options?: GlobalPoolingOptions): GlobalMaxPooling3D => new GlobalMaxPooling3D(options)
export const globalAveragePooling1d = (options?: GlobalPoolingOptions): GlobalAveragePooling1D => new GlobalAveragePooling1D(options)
export const globalAveragePooling2d = (options?: GlobalPoolingOptions): GlobalAveragePooling2D => new GlobalAveragePooling2D(options)
export const globalAveragePooling3d = (options?: GlobalPoolingOptions): GlobalAveragePooling3D => new GlobalAveragePooling3D(options)

/** Layers that give an array of tensors where states are asked for. */
type Recurrent<O> = O extends { returnState: true } ? Tensor[] : Tensor

export const embedding = (options: EmbeddingOptions): Embedding => new Embedding(options)
export const masking = (options?: MaskingOptions | number): Masking => new Masking(options)
export const simpleRNN = <const O extends SimpleRNNOptions | number>(options: O): SimpleRNN<Recurrent<O>> => new SimpleRNN(options)
export const lstm = <const O extends LSTMOptions | number>(options: O): LSTM<Recurrent<O>> => new LSTM(options)
export const gru = <const O extends GRUOptions | number>(options: O): GRU<Recurrent<O>> => new GRU(options)
export const simpleRNNCell = (options: SimpleRNNCellOptions | number): SimpleRNNCell => new SimpleRNNCell(options)
export const lstmCell = (options: LSTMCellOptions | number): LSTMCell => new LSTMCell(options)
export const gruCell = (options: GRUCellOptions | number): GRUCell => new GRUCell(options)
export const rnn = <const O extends RNNOptions>(options: O): RNN<Recurrent<O>> => new RNN(options)
export const stackedRNNCells = (options: StackedRNNCellsOptions | readonly RNNCell[]): StackedRNNCells => new StackedRNNCells(options)
export const batchNormalization = (options?: BatchNormalizationOptions | number): BatchNormalization => new BatchNormalization(options)
export const layerNormalization = (options?: LayerNormalizationOptions | number): LayerNormalization => new LayerNormalization(options)
export const groupNormalization = (options?: GroupNormalizationOptions | number): GroupNormalization => new GroupNormalization(options)
export const rmsNormalization = (options?: RMSNormalizationOptions | number): RMSNormalization => new RMSNormalization(options)
export const unitNormalization = (options?: UnitNormalizationOptions | number): UnitNormalization => new UnitNormalization(options)
export const spatialDropout1d = (options: SpatialDropout1DOptions | number): SpatialDropout1D => new SpatialDropout1D(options)
export const spatialDropout2d = (options: SpatialDropout2DOptions | number): SpatialDropout2D => new SpatialDropout2D(options)
export const spatialDropout3d = (options: SpatialDropout3DOptions | number): SpatialDropout3D => new SpatialDropout3D(options)
export const gaussianNoise = (options: GaussianNoiseOptions | number): GaussianNoise => new GaussianNoise(options)
export const gaussianDropout = (options: GaussianDropoutOptions | number): GaussianDropout => new GaussianDropout(options)
export const alphaDropout = (options: AlphaDropoutOptions | number): AlphaDropout => new AlphaDropout(options)
export const reLU = (options?: ReLUOptions | number): ReLU => new ReLU(options)
export const leakyReLU = (options?: LeakyReLUOptions | number): LeakyReLU => new LeakyReLU(options)
export const elu = (options?: ELUOptions | number): ELU => new ELU(options)
export const prelu = (options?: PReLUOptions): PReLU => new PReLU(options)
export const softmax = (options?: SoftmaxOptions | number): Softmax => new Softmax(options)
export const activityRegularization = (options?: ActivityRegularizationOptions): ActivityRegularization => new ActivityRegularization(options)
export const identity = (options?: LayerOptions): Identity => new Identity(options)
export const convLstm1d = <const O extends ConvLSTM1DOptions>(options: O): ConvLSTM1D<Recurrent<O>> => new ConvLSTM1D(options)
export const convLstm2d = <const O extends ConvLSTM2DOptions>(options: O): ConvLSTM2D<Recurrent<O>> => new ConvLSTM2D(options)
export const convLstm3d = <const O extends ConvLSTM3DOptions>(options: O): ConvLSTM3D<Recurrent<O>> => new ConvLSTM3D(options)
/** The cell of convLstm2d, under the name that tfjs gives it. */
export const convLstm2dCell = (options: ConvLSTMCellOptions): ConvLSTM2DCell => new ConvLSTM2DCell(options)
export const timeDistributed = (options: TimeDistributedOptions | Layer): TimeDistributed => new TimeDistributed(options)
/** Gives an array where both outputs are kept or the layer gives states. */
export const bidirectional = <const O extends BidirectionalOptions>(options: O): Bidirectional<O extends { mergeMode: null } ? Tensor[] : O['layer'] extends RNN<infer Y> ? Y extends Tensor ? Tensor : Tensor[] : Tensor> =>
  new Bidirectional(options)
