// Initializers by the names that users know: initializers.glorotUniform({ seed: 7 }).
import type { Tensor } from '../graph/node'
import {
  hasMethod,
  loadPart,
  partOf,
  resolveOwn,
  savePart,
  type ConfigValue,
  type DeserializeOptions,
  type Family,
  type SavedPart,
} from '../util/parts'
import type { Shape } from '../util/shape'
import { constant, identity, ones, zeros } from './constant'
import { ownInitializer, type Initializer } from './initializer'
import { orthogonal } from './orthogonal'
import { randomNormal, randomUniform, truncatedNormal } from './random'
import { glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, lecunUniform, varianceScaling } from './varianceScaling'
import type { Named } from '../util/options'

export * from './constant'
export * from './orthogonal'
export * from './random'
export * from './varianceScaling'
export type { Initializer }

const table = {
  zeros,
  ones,
  constant,
  identity,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  orthogonal,
}
const aliases = {
  zero: zeros,
  one: ones,
  normal: randomNormal,
  uniform: randomUniform,
  identityInitializer: identity,
  orthogonalInitializer: orthogonal,
}

export type InitializerName = keyof typeof table | 'normal' | 'uniform'
/** A name (in Keras's spelling too), an initializer, or a function of a shape. */
export type InitializerLike = Named<InitializerName> | Initializer | ((shape: Shape) => Tensor) | SavedPart

const all = { ...table, ...aliases }

const family: Family<Initializer, (shape: Shape) => Tensor> = {
  kind: 'initializer',
  room: 'initializers',
  table: all,
  expected: "a name as 'glorotUniform', an initializer or a function of a shape",
  own: ownInitializer,
  isPart: (x): x is Initializer => hasMethod(x, 'call'),
}

/** The initializer that is meant. */
export const getInitializer = (given: InitializerLike | string): Initializer => partOf(resolveOwn(given), family)

/** An initializer as it goes into a file. */
export const serialize = (initializer: InitializerLike): ConfigValue => savePart(getInitializer(initializer), 'keras.initializers', all)
/** The initializer that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart | string, options?: DeserializeOptions): Initializer =>
  loadPart(() => getInitializer(saved), options)
