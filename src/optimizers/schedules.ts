// Learning rates that change with the step; each is computed inside of the Program. Formulas of keras.optimizers.schedules.
import { toNode } from '../graph/convert'
import type { Tensor } from '../graph/node'
import { add, div, equal, greater, less, minimum, mul, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { ceil, cos, floor, log } from '../ops/elementwise'
import { pow } from '../ops/power'
import { where } from '../ops/select'
import { check, CornusError, showValue } from '../util/errors'
import { flag, listOf, nullable, number, optional, text, type Held, type OptionTable } from '../util/options'
import {
  checkCalled,
  hasMethod,
  isSavedPart,
  loadPart,
  makePart,
  ownPart,
  partFactory,
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

/** A factory of schedules from the table of their options. */
const schedule = <const T extends OptionTable>(
  className: string,
  table: T,
  call: (step: Tensor, options: Held<T>) => Tensor,
  agree?: (held: Held<T>) => void,
) =>
  partFactory(className, table, (step: Tensor, held: Held<T>) => call(cast(step, 'float32'), held), {
    called: className,
    ...(agree && { agree }),
  })

const steps = number(Number.MIN_VALUE)
const initialLearningRate = number()
const named = (name: string) => optional(text, name)
const decay = (name: string) => ({
  initialLearningRate,
  decaySteps: steps,
  decayRate: number(),
  /** Decay in whole intervals only. Default false. */
  staircase: optional(flag, false),
  name: named(name),
})

/** initial · decayRate^(step / decaySteps) */
export const exponentialDecay = schedule('ExponentialDecay', decay('ExponentialDecay'), (step, options) => {
  const p = div(step, options.decaySteps)
  return mul(pow(options.decayRate, options.staircase ? floor(p) : p), options.initialLearningRate)
})

/** initial / (1 + decayRate · step / decaySteps) */
export const inverseTimeDecay = schedule('InverseTimeDecay', decay('InverseTimeDecay'), (step, options) => {
  const p = div(step, options.decaySteps)
  return div(options.initialLearningRate, add(mul(options.staircase ? floor(p) : p, options.decayRate), 1))
})

/** values[i] up to and including step boundaries[i], the last value after the last boundary. */
export const piecewiseConstantDecay = schedule(
  'PiecewiseConstantDecay',
  { boundaries: listOf(number()), values: listOf(number()), name: named('PiecewiseConstant') },
  (step, { boundaries, values }) =>
    boundaries.reduceRight<Tensor>((rest, boundary, i) => where(greater(step, boundary), rest, values[i] ?? 0), toNode(values.at(-1) ?? 0)),
  ({ boundaries, values }) =>
    check(
      values.length === boundaries.length + 1,
      'BAD_ARGUMENT',
      () =>
        `PiecewiseConstantDecay: expected one value more than boundaries, got ${values.length} values and ${boundaries.length} boundaries`,
    ),
)

/** (initial − end) · (1 − step / decaySteps)^power + end */
export const polynomialDecay = schedule(
  'PolynomialDecay',
  {
    initialLearningRate,
    decaySteps: steps,
    /** Default 0.0001. */
    endLearningRate: optional(number(), 0.0001),
    /** Default 1: linear. */
    power: optional(number(), 1),
    /** Start again, with more steps each time, instead of staying at the end. Default false. */
    cycle: optional(flag, false),
    name: named('PolynomialDecay'),
  },
  (step, { initialLearningRate: initial, decaySteps, endLearningRate, power, cycle }) => {
    const all = cycle ? mul(where(equal(step, 0), 1, ceil(div(step, decaySteps))), decaySteps) : toNode(decaySteps)
    const p = div(cycle ? step : minimum(step, decaySteps), all)
    return add(mul(pow(sub(1, p), power), initial - endLearningRate), endLearningRate)
  },
)

/** from · ((1 − alpha) · (1 + cos(π · fraction)) / 2 + alpha) */
const cosine = (fraction: Tensor, alpha: number): Tensor => add(mul(add(cos(mul(fraction, Math.PI)), 1), (1 - alpha) / 2), alpha)

/** Least rate, as a fraction of the greatest. Default 0. */
const alpha = optional(number(), 0)

/**
 * Half a wave of a cosine, from the initial rate down to alpha times it; a linear warm-up before, if wanted. Loshchilov, Hutter,
 * arXiv:1608.03983.
 */
export const cosineDecay = schedule(
  'CosineDecay',
  {
    initialLearningRate,
    decaySteps: steps,
    alpha,
    name: named('CosineDecay'),
    /** Rate that is reached by `warmupSteps` linear steps before the decay. Default: none. */
    warmupTarget: optional(nullable(number()), null),
    warmupSteps: optional(number(), 0),
  },
  (step, { initialLearningRate: initial, decaySteps, alpha: least, warmupTarget, warmupSteps }) => {
    if (warmupTarget === null) return mul(cosine(div(minimum(step, decaySteps), decaySteps), least), initial)
    const at = minimum(step, decaySteps + warmupSteps)
    const rising = add(mul(at, (warmupTarget - initial) / (warmupSteps || 1)), initial)
    return where(less(at, warmupSteps), rising, mul(cosine(div(sub(at, warmupSteps), decaySteps), least), warmupTarget))
  },
)

/** cosineDecay over and over. Loshchilov, Hutter, arXiv:1608.03983. */
export const cosineDecayRestarts = schedule(
  'CosineDecayRestarts',
  {
    initialLearningRate,
    /** Steps of the first wave. */
    firstDecaySteps: steps,
    /** Each wave is so many times as long as the one before. Default 2. */
    tMul: optional(number(), 2),
    /** Each wave starts at so many times the rate of the one before. Default 1. */
    mMul: optional(number(), 1),
    alpha,
    name: named('SGDRDecay'),
  },
  (step, { initialLearningRate: initial, firstDecaySteps, tMul, mMul, alpha: least }) => {
    const waves = div(step, firstDecaySteps)
    // Of waves that grow, restart i is at (1 − tMulⁱ) / (1 − tMul) first waves.
    const restart = tMul === 1 ? floor(waves) : floor(div(log(sub(1, mul(waves, 1 - tMul))), Math.log(tMul)))
    const length = pow(tMul, restart)
    const fraction = tMul === 1 ? sub(waves, restart) : div(sub(waves, div(sub(1, length), 1 - tMul)), length)
    const wave = mul(mul(pow(mMul, restart), 0.5), add(cos(mul(fraction, Math.PI)), 1))
    return mul(add(mul(wave, 1 - least), least), initial)
  },
)

const table = { exponentialDecay, inverseTimeDecay, piecewiseConstantDecay, polynomialDecay, cosineDecay, cosineDecayRestarts }

/** The schedule that is meant by a schedule, a saved one, or a function of the step. */
export function getSchedule(given: Schedule | SavedPart | ((step: Tensor) => Tensor)): Schedule {
  const identifier = resolveOwn(given)
  checkCalled(identifier, table, 'optimizers.schedules')
  if (typeof identifier === 'function') return ownPart(identifier)
  if (isSavedPart(identifier)) return makePart<Schedule>(table, identifier, 'schedule')
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
