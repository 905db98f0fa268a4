// Factories by the names that users know: layers.dense({ units: 10 }).
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
import { Cropping1D, type Cropping1DOptions } from './cropping1D'
import { Cropping2D, type Cropping2DOptions } from './cropping2D'
import { DepthwiseConv1D, type DepthwiseConv1DOptions } from './depthwiseConv1D'
import { DepthwiseConv2D, type DepthwiseConv2DOptions } from './depthwiseConv2D'
import { SeparableConv1D, type SeparableConv1DOptions } from './separableConv1D'
import { SeparableConv2D, type SeparableConv2DOptions } from './separableConv2D'
import { UpSampling1D, type UpSampling1DOptions } from './upSampling1D'
import { UpSampling2D, type UpSampling2DOptions } from './upSampling2D'
import { ZeroPadding1D, type ZeroPadding1DOptions } from './zeroPadding1D'
import { ZeroPadding2D, type ZeroPadding2DOptions } from './zeroPadding2D'
import { MaxPooling1D } from './maxPooling1D'
import { MaxPooling2D } from './maxPooling2D'
import { AveragePooling1D } from './averagePooling1D'
import { AveragePooling2D } from './averagePooling2D'
import { GlobalMaxPooling1D } from './globalMaxPooling1D'
import { GlobalMaxPooling2D } from './globalMaxPooling2D'
import { GlobalAveragePooling1D } from './globalAveragePooling1D'
import { GlobalAveragePooling2D } from './globalAveragePooling2D'
import type { GlobalPoolingOptions, PoolingOptions } from './poolingBase'

export const inputLayer = (options: InputOptions): InputLayer => new InputLayer(options)
export const dense = (options: DenseOptions): Dense => new Dense(options)
export const activation = (options: ActivationOptions): Activation => new Activation(options)
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
export const flatten = (options?: FlattenOptions): Flatten => new Flatten(options)
export const reshape = (options: ReshapeOptions): Reshape => new Reshape(options)
export const permute = (options: PermuteOptions): Permute => new Permute(options)
export const repeatVector = (options: RepeatVectorOptions): RepeatVector => new RepeatVector(options)
export const lambda = (options: LambdaOptions): Lambda => new Lambda(options)
export const conv1d = (options: Conv1DOptions): Conv1D => new Conv1D(options)
export const conv1dTranspose = (options: Conv1DTransposeOptions): Conv1DTranspose => new Conv1DTranspose(options)
export const conv2d = (options: Conv2DOptions): Conv2D => new Conv2D(options)
export const conv2dTranspose = (options: Conv2DTransposeOptions): Conv2DTranspose => new Conv2DTranspose(options)
export const cropping1d = (options?: Cropping1DOptions): Cropping1D => new Cropping1D(options)
export const cropping2d = (options?: Cropping2DOptions): Cropping2D => new Cropping2D(options)
export const depthwiseConv1d = (options: DepthwiseConv1DOptions): DepthwiseConv1D => new DepthwiseConv1D(options)
export const depthwiseConv2d = (options: DepthwiseConv2DOptions): DepthwiseConv2D => new DepthwiseConv2D(options)
export const separableConv1d = (options: SeparableConv1DOptions): SeparableConv1D => new SeparableConv1D(options)
export const separableConv2d = (options: SeparableConv2DOptions): SeparableConv2D => new SeparableConv2D(options)
export const upSampling1d = (options?: UpSampling1DOptions): UpSampling1D => new UpSampling1D(options)
export const upSampling2d = (options?: UpSampling2DOptions): UpSampling2D => new UpSampling2D(options)
export const zeroPadding1d = (options?: ZeroPadding1DOptions): ZeroPadding1D => new ZeroPadding1D(options)
export const zeroPadding2d = (options?: ZeroPadding2DOptions): ZeroPadding2D => new ZeroPadding2D(options)
export const maxPooling1d = (options?: PoolingOptions): MaxPooling1D => new MaxPooling1D(options)
export const maxPooling2d = (options?: PoolingOptions): MaxPooling2D => new MaxPooling2D(options)
export const averagePooling1d = (options?: PoolingOptions): AveragePooling1D => new AveragePooling1D(options)
export const averagePooling2d = (options?: PoolingOptions): AveragePooling2D => new AveragePooling2D(options)
export const globalMaxPooling1d = (options?: GlobalPoolingOptions): GlobalMaxPooling1D => new GlobalMaxPooling1D(options)
export const globalMaxPooling2d = (options?: GlobalPoolingOptions): GlobalMaxPooling2D => new GlobalMaxPooling2D(options)
export const globalAveragePooling1d = (options?: GlobalPoolingOptions): GlobalAveragePooling1D => new GlobalAveragePooling1D(options)
export const globalAveragePooling2d = (options?: GlobalPoolingOptions): GlobalAveragePooling2D => new GlobalAveragePooling2D(options)
