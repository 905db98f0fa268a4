// Recurrent layers over whole sequences: one product takes all inputs through the kernel, then a fused walk goes from step to step.
import type { TensorLike } from '../graph/convert'
import type { Node } from '../graph/node'
import { check } from '../util/errors'
import { nth } from '../util/lists'
import { choice, flag, optional, readOptions, type Held } from '../util/options'
import { sameShape, showShape } from '../util/shape'
import { cast } from './cast'
import { maybePair, maybeTensor, off } from './options'
import type { RecurrentActivation, Walk } from './recurrentUnrolled'
import { gruWalk, lstmWalk, rnnWalk, type WalkInputs } from './recurrentWalks'
import { broadcastTo, reshape, slice, transpose } from './shape'

export type { RecurrentActivation } from './recurrentUnrolled'

export interface SequenceOptions {
  /** Which steps count: bool [batch, time], or [time, batch] with `timeMajor`. At the others, the states stay as they are. */
  mask?: TensorLike | null
  /** Walks from the last step to the first. Each output keeps its place in time: the last one computed is the first of the sequence. */
  reverse?: boolean
  /** x and the output are [time, batch, …]. */
  timeMajor?: boolean
  /** The output of a masked step is zero; otherwise the state h as it stays. */
  zeroOutputForMask?: boolean
}

export interface LstmOptions extends SequenceOptions {
  /** States before the first step, [batch, units] each; default zeros. */
  initialState?: readonly [h: TensorLike, c: TensorLike] | null
}

export interface GruOptions extends SequenceOptions {
  /** State before the first step, [batch, units]; default zeros. */
  initialState?: TensorLike | null
  /** Applies the reset gate after the product with the recurrent kernel. Default true. */
  resetAfter?: boolean
}

export interface SimpleRnnOptions extends SequenceOptions {
  /** State before the first step, [batch, units]; default zeros. */
  initialState?: TensorLike | null
  /** Default 'tanh'. */
  activation?: RecurrentActivation
}

/** What a recurrent op gives: all outputs, and the state after the last step walked. */
export interface Sequence {
  /** [batch, time, units], or [time, batch, units] with `timeMajor`. */
  readonly output: Node
  /** [batch, units]. */
  readonly h: Node
}

export interface LstmSequence extends Sequence {
  /** [batch, units]. */
  readonly c: Node
}

const common = { mask: maybeTensor, reverse: off, timeMajor: off, zeroOutputForMask: off }
const tables = {
  lstm: { ...common, initialState: maybePair },
  gru: { ...common, initialState: maybeTensor, resetAfter: optional(flag, true) },
  simpleRnn: { ...common, initialState: maybeTensor, activation: optional(choice('tanh', 'relu', 'sigmoid', 'linear'), 'tanh') },
}

interface Prepared {
  readonly inputs: Omit<WalkInputs, 'bias'>
  readonly units: number
  readonly walk: Walk
  state(given: TensorLike | null | undefined, name: string): Node
}

/** Checks what all three have in common; kernels have `gates` columns a unit. */
function prepare(
  op: string,
  given: TensorLike,
  kernelGiven: TensorLike,
  recurrentGiven: TensorLike,
  gates: number,
  { mask, reverse, timeMajor, zeroOutputForMask }: Held<typeof common>,
): Prepared {
  const [x, kernel, recurrent] = [cast(given, 'float32'), cast(kernelGiven, 'float32'), cast(recurrentGiven, 'float32')]
  check(
    x.rank === 3,
    'BAD_SHAPE',
    () => `${op}: expected sequences ${timeMajor ? '[time, batch, features]' : '[batch, time, features]'}, got ${showShape(x.shape)}`,
  )
  const [features, units] = [nth(x.shape, 2), recurrent.shape[0] ?? 0]
  check(
    sameShape(recurrent.shape, [units, gates * units]),
    'BAD_SHAPE',
    () => `${op}: recurrent kernel must be [units, ${gates === 1 ? '' : `${gates} · `}units], not ${showShape(recurrent.shape)}`,
  )
  check(
    sameShape(kernel.shape, [features, gates * units]),
    'BAD_SHAPE',
    () =>
      `${op}: kernel must be ${showShape([features, gates * units])} for ${features} features and ${units} units, ` +
      `not ${showShape(kernel.shape)}`,
  )
  const maskNode = mask === null ? null : cast(mask, 'bool')
  check(
    !maskNode || sameShape(maskNode.shape, x.shape.slice(0, 2)),
    'BAD_SHAPE',
    () =>
      `${op}: mask ${showShape(maskNode!.shape)} does not fit an input of ${showShape(x.shape)}; ` +
      `expected ${showShape(x.shape.slice(0, 2))}`,
  )
  const steps = timeMajor ? x : transpose(x, [1, 0, 2])
  const [time, batch] = steps.shape as [number, number]
  return {
    inputs: { x: reshape(steps, [time * batch, features]), kernel, recurrent, mask: maskNode },
    units,
    walk: { batch, time, reverse, timeMajor, zeroOutputForMask },
    state(value, name) {
      if (value === null || value === undefined) return broadcastTo(0, [batch, units])
      const node = cast(value, 'float32')
      check(
        sameShape(node.shape, [batch, units]),
        'BAD_SHAPE',
        () => `${op}: initial state ${name} must be ${showShape([batch, units])}, not ${showShape(node.shape)}`,
      )
      return node
    },
  }
}

function checkBias(op: string, given: TensorLike | null, shape: readonly number[]): Node | null {
  if (given === null) return null
  const bias = cast(given, 'float32')
  check(sameShape(bias.shape, shape), 'BAD_SHAPE', () => `${op}: bias must be ${showShape(shape)}, not ${showShape(bias.shape)}`)
  return bias
}

/**
 * Long short-term memory with Keras's layouts: kernel [features, 4u], recurrent kernel [u, 4u], bias [4u], gates in the order i f c o.
 * c' = σ(f) c + σ(i) tanh(c̃), h' = σ(o) tanh(c').
 */
export function lstm(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null = null,
  options?: LstmOptions,
): LstmSequence {
  const held = readOptions(tables.lstm, options, 'lstm')
  const given = prepare('lstm', x, kernel, recurrentKernel, 4, held)
  const [h0, c0] = held.initialState ?? []
  return lstmWalk(
    { ...given.inputs, bias: checkBias('lstm', bias, [4 * given.units]) },
    given.state(h0, 'h'),
    given.state(c0, 'c'),
    given.walk,
  )
}

/**
 * Gated recurrent unit with Keras's layouts: kernel [features, 3u], recurrent kernel [u, 3u], gates in the order z r h; bias [2, 3u] (input
 * and recurrent)
 * with `resetAfter`, else [3u]. h' = σ(z) h + (1 − σ(z)) tanh(h̃).
 */
export function gru(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null = null,
  options?: GruOptions,
): Sequence {
  const { resetAfter, initialState, ...how } = readOptions(tables.gru, options, 'gru')
  const given = prepare('gru', x, kernel, recurrentKernel, 3, how)
  const width = 3 * given.units
  const b = checkBias('gru', bias, resetAfter ? [2, width] : [width])
  const row = (i: number) => reshape(slice(b!, [i, 0], [1, width]), [width])
  const recurrentBias = resetAfter ? (b ? row(1) : broadcastTo(0, [width])) : null
  return gruWalk({ ...given.inputs, bias: b && resetAfter ? row(0) : b }, recurrentBias, given.state(initialState, 'h'), given.walk)
}

/** h' = act(x · kernel + h · recurrentKernel + bias), with kernel [features, u], recurrent kernel [u, u], bias [u]. */
export function simpleRnn(
  x: TensorLike,
  kernel: TensorLike,
  recurrentKernel: TensorLike,
  bias: TensorLike | null = null,
  options?: SimpleRnnOptions,
): Sequence {
  const { activation, initialState, ...how } = readOptions(tables.simpleRnn, options, 'simpleRnn')
  const given = prepare('simpleRnn', x, kernel, recurrentKernel, 1, how)
  return rnnWalk(
    { ...given.inputs, bias: checkBias('simpleRnn', bias, [given.units]) },
    given.state(initialState, 'h'),
    activation,
    given.walk,
  )
}
