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

export const inputLayer = (options: InputOptions): InputLayer => new InputLayer(options)
export const dense = (options: DenseOptions): Dense => new Dense(options)
export const activation = (options: ActivationOptions): Activation => new Activation(options)
export const dropout = (options: DropoutOptions): Dropout => new Dropout(options)
export const flatten = (options?: FlattenOptions): Flatten => new Flatten(options)
export const reshape = (options: ReshapeOptions): Reshape => new Reshape(options)
export const permute = (options: PermuteOptions): Permute => new Permute(options)
export const repeatVector = (options: RepeatVectorOptions): RepeatVector => new RepeatVector(options)
export const lambda = (options: LambdaOptions): Lambda => new Lambda(options)
