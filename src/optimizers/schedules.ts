// Learning rates that change with the step; each is computed inside of the Program. Formulas of keras.optimizers.schedules.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, div, equal, greater, less, minimum, mul, pow, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { ceil, cos, floor, log } from '../ops/elementwise'
import { where } from '../ops/select'
import { check, CornusError, showValue } from '../util/errors'
import { flag, listOf, nullable, number, optional, readOptions, saveOptions, text, type Kind, type OptionTable } from '../util/options'
import {
  checkCalled,
  hasMethod,
  isSavedPart,
  loadPart,
  makePart,
  resolveOwn,
  savePart,
  type ConfigValue,
  type DeserializeOptions,
  type Part,
  type SavedPart,
} from '../util/parts'

/** A learning rate as a function of the steps taken so far. */
export interface Schedule extends Part {
  /** The rate at this step (a scalar), as a scalar. */
  call(step: Tensor): Tensor
}

/** A factory: checks that all options are there, of the types of their defaults, and that step counts are positive. */
function schedule<T extends object>(
  className: string,
  defaults: Required<T>,
  positive: readonly (keyof T & string)[],
  call: (step: Tensor, options: Required<T>) => Tensor,
) {
  const table: OptionTable = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, kindLike(value, (positive as readonly string[]).includes(name))]),
  )
  return (options: T): Schedule => {
    const config = readOptions(table, options, className)
    return { className, getConfig: () => saveOptions(table, config), call: (step) => call(cast(step, 'float32'), config as Required<T>) }
  }
}

/** The kind of an option by its default. */
function kindLike(value: unknown, positive: boolean): Kind<unknown, unknown> {
  if (Number.isNaN(value)) return positive ? number(Number.MIN_VALUE) : number()
  if (value === null) return optional(nullable(number()), null)
  return typeof value === 'boolean'
    ? optional(flag, value)
    : typeof value === 'number'
      ? optional(number(), value)
      : optional(text, String(value))
}

/** Stands for an option without a default. */
const NEEDED = NaN

export interface DecayOptions {
  initialLearningRate: number
  decaySteps: number
  decayRate: number
  /** Decay in whole intervals only. Default false. */
  staircase?: boolean
  name?: string
}

/** initial · decayRate^(step / decaySteps) */
export const exponentialDecay = schedule<DecayOptions>(
  'ExponentialDecay',
  { initialLearningRate: NEEDED, decaySteps: NEEDED, decayRate: NEEDED, staircase: false, name: 'ExponentialDecay' },
  ['decaySteps'],
  (step, { initialLearningRate, decaySteps, decayRate, staircase }) => {
    const p = div(step, decaySteps)
    return mul(pow(decayRate, staircase ? floor(p) : p), initialLearningRate)
  },
)

/** initial / (1 + decayRate · step / decaySteps) */
export const inverseTimeDecay = schedule<DecayOptions>(
  'InverseTimeDecay',
  { initialLearningRate: NEEDED, decaySteps: NEEDED, decayRate: NEEDED, staircase: false, name: 'InverseTimeDecay' },
  ['decaySteps'],
  (step, { initialLearningRate, decaySteps, decayRate, staircase }) => {
    const p = div(step, decaySteps)
    return div(initialLearningRate, add(mul(staircase ? floor(p) : p, decayRate), 1))
  },
)

/** values[i] up to and including step boundaries[i], the last value after the last boundary. */
export function piecewiseConstantDecay(options: { boundaries: readonly number[]; values: readonly number[]; name?: string }): Schedule {
  const table = { boundaries: listOf(number()), values: listOf(number()), name: optional(text, 'PiecewiseConstant') }
  const config = readOptions(table, options, 'PiecewiseConstantDecay')
  const { boundaries, values } = config
  check(
    values.length === boundaries.length + 1,
    'BAD_ARGUMENT',
    () =>
      `PiecewiseConstantDecay: expected one value more than boundaries, got ${values.length} values and ${boundaries.length} boundaries`,
  )
  const last = toNode(values.at(-1)!)
  return {
    className: 'PiecewiseConstantDecay',
    getConfig: () => saveOptions(table, config),
    call: (step) =>
      boundaries.reduceRight<Tensor>((rest, boundary, i) => where(greater(cast(step, 'float32'), boundary), rest, values[i]!), last),
  }
}

export interface PolynomialOptions {
  initialLearningRate: number
  decaySteps: number
  /** Default 0.0001. */
  endLearningRate?: number
  /** Default 1: linear. */
  power?: number
  /** Start again, with more steps each time, instead of staying at the end. Default false. */
  cycle?: boolean
  name?: string
}

/** (initial − end) · (1 − step / decaySteps)^power + end */
export const polynomialDecay = schedule<PolynomialOptions>(
  'PolynomialDecay',
  { initialLearningRate: NEEDED, decaySteps: NEEDED, endLearningRate: 0.0001, power: 1, cycle: false, name: 'PolynomialDecay' },
  ['decaySteps'],
  (step, { initialLearningRate, decaySteps, endLearningRate, power, cycle }) => {
    const steps = cycle ? mul(where(equal(step, 0), 1, ceil(div(step, decaySteps))), decaySteps) : toNode(decaySteps)
    const p = div(cycle ? step : minimum(step, decaySteps), steps)
    return add(mul(pow(sub(1, p), power), initialLearningRate - endLearningRate), endLearningRate)
  },
)

export interface CosineOptions {
  initialLearningRate: number
  decaySteps: number
  /** Least rate, as a fraction of the greatest. Default 0. */
  alpha?: number
  /** Rate that is reached by `warmupSteps` linear steps before the decay. Default: none. */
  warmupTarget?: number | null
  warmupSteps?: number
  name?: string
}

/** from · ((1 − alpha) · (1 + cos(π · fraction)) / 2 + alpha) */
const cosine = (fraction: Tensor, alpha: number): Tensor => add(mul(add(cos(mul(fraction, Math.PI)), 1), (1 - alpha) / 2), alpha)

/**
 * Half a wave of a cosine, from the initial rate down to alpha times it; a linear warm-up before, if wanted. Loshchilov, Hutter,
 * arXiv:1608.03983.
 */
export const cosineDecay = schedule<CosineOptions>(
  'CosineDecay',
  { initialLearningRate: NEEDED, decaySteps: NEEDED, alpha: 0, warmupTarget: null, warmupSteps: 0, name: 'CosineDecay' },
  ['decaySteps'],
  (step, { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps }) => {
    if (warmupTarget === null) return mul(cosine(div(minimum(step, decaySteps), decaySteps), alpha), initialLearningRate)
    const at = minimum(step, decaySteps + warmupSteps)
    const rising = add(mul(at, (warmupTarget - initialLearningRate) / (warmupSteps || 1)), initialLearningRate)
    return where(less(at, warmupSteps), rising, mul(cosine(div(sub(at, warmupSteps), decaySteps), alpha), warmupTarget))
  },
)

export interface RestartsOptions {
  initialLearningRate: number
  /** Steps of the first wave. */
  firstDecaySteps: number
  /** Each wave is so many times as long as the one before. Default 2. */
  tMul?: number
  /** Each wave starts at so many times the rate of the one before. Default 1. */
  mMul?: number
  alpha?: number
  name?: string
}

/** cosineDecay over and over. Loshchilov, Hutter, arXiv:1608.03983. */
export const cosineDecayRestarts = schedule<RestartsOptions>(
  'CosineDecayRestarts',
  { initialLearningRate: NEEDED, firstDecaySteps: NEEDED, tMul: 2, mMul: 1, alpha: 0, name: 'SGDRDecay' },
  ['firstDecaySteps'],
  (step, { initialLearningRate, firstDecaySteps, tMul, mMul, alpha }) => {
    const waves = div(step, firstDecaySteps)
    // Of waves that grow, restart i is at (1 − tMulⁱ) / (1 − tMul) first waves.
    const restart = tMul === 1 ? floor(waves) : floor(div(log(sub(1, mul(waves, 1 - tMul))), Math.log(tMul)))
    const length = pow(tMul, restart)
    const fraction = tMul === 1 ? sub(waves, restart) : div(sub(waves, div(sub(1, length), 1 - tMul)), length)
    const wave = mul(mul(pow(mMul, restart), 0.5), add(cos(mul(fraction, Math.PI)), 1))
    return mul(add(mul(wave, 1 - alpha), alpha), initialLearningRate)
  },
)

const table = { exponentialDecay, inverseTimeDecay, piecewiseConstantDecay, polynomialDecay, cosineDecay, cosineDecayRestarts }

/** The schedule that is meant by a schedule, a saved one, or a function of the step. */
export function getSchedule(given: Schedule | SavedPart | ((step: Tensor) => Tensor)): Schedule {
  const identifier = resolveOwn(given)
  checkCalled(identifier, table, 'optimizers.schedules')
  if (typeof identifier === 'function') return { className: identifier.name, getConfig: () => ({}), call: identifier, own: identifier }
  if (isSavedPart(identifier)) return makePart<Schedule>(table as never, identifier, 'schedule')
  if (!hasMethod(identifier, 'call') || !hasMethod(identifier, 'getConfig'))
    throw new CornusError(
      'BAD_ARGUMENT',
      `learningRate must be a number, a schedule or a function of the step, not ${showValue(identifier)}`,
    )
  return identifier
}

/** A schedule as it goes into a file. */
export const serialize = (schedule: Schedule | ((step: Tensor) => Tensor)): ConfigValue =>
  savePart(getSchedule(schedule), 'keras.optimizers.schedules', table)
/** The schedule that a file describes, in our spelling or Keras's. */
export const deserialize = (saved: SavedPart, options?: DeserializeOptions): Schedule => loadPart(() => getSchedule(saved), options)
