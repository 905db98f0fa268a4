// Optimizer: counts steps, holds the learning rate and the state of each weight, and records a step as effects of the Program under way.
import type { Tensor } from '../graph/node'
import { toNode } from '../graph/convert'
import { Variable } from '../graph/variable'
import { add, div, equal, floorDiv, greater, maximum, mod, mul, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { clip, sqrt } from '../ops/elementwise'
import { sumSquares } from '../ops/reduce'
import { where } from '../ops/select'
import { addAll, clone } from '../ops/shape'
import { rowGradient, type RowGradient } from '../ops/sparse'
import { recordIncrement, type UpdateInputs } from '../ops/update'
import { readContents, writeContents } from '../runtime/session'
import { fill } from '../tensor'
import { performEffects } from '../transform'
import { check, CornusError } from '../util/errors'
import { checkNumber, type Config, type Part, type SavedPart } from '../util/parts'
import { sameShape, showShape, type Shape } from '../util/shape'
import { getSchedule, serialize as serializeSchedule, type Schedule } from './schedules'

export interface OptimizerOptions {
  /** A number, a schedule, or a function of the number of steps so far (a tensor). */
  learningRate?: number | Schedule | SavedPart | ((step: Tensor) => Tensor)
  /** Each step shrinks weights by this times the learning rate. Default null: none. */
  weightDecay?: number | null
  /** Greatest norm of each weight's gradient; at most one of the three limits can be set. */
  clipnorm?: number | null
  /** Greatest absolute value in a gradient. */
  clipvalue?: number | null
  /** Greatest norm of all gradients together. */
  globalClipnorm?: number | null
  /** Keep moving averages of the weights, which take their place when fit ends. Default false. */
  useEma?: boolean
  /** Default 0.99. */
  emaMomentum?: number
  /** Put the averages in place after every so many steps, too. */
  emaOverwriteFrequency?: number | null
  /** Add up gradients and step only every so many times, by their mean. */
  gradientAccumulationSteps?: number | null
  name?: string | null
}

export const COMMON = {
  learningRate: 0.001, weightDecay: null, clipnorm: null, clipvalue: null, globalClipnorm: null,
  useEma: false, emaMomentum: 0.99, emaOverwriteFrequency: null, gradientAccumulationSteps: null, name: null,
} as const

/** What the rule of an optimizer sees of one weight. */
export interface Step {
  readonly weight: Variable
  /** The weight's state by the names in `slots()`. */
  readonly slots: { readonly [name: string]: Variable | undefined }
  /** Steps before this one (int32). */
  readonly step: Tensor
  /** As the fused kernels take them. */
  readonly given: Pick<UpdateInputs, 'gradient' | 'learningRate' | 'scale' | 'rows'>
  readonly limits: { readonly clip: number; readonly weightDecay: number }
}

interface Entry {
  readonly weight: Variable
  readonly gradient: Tensor
}

/** A step on a smaller table costs little enough to be taken everywhere. */
const SPARSE_FROM = 2 ** 20

/** Contents of variables, as fused kernels take them. */
export const contents = (...variables: readonly (Variable | undefined)[]): (Tensor | null)[] => variables.map((variable) => variable?.read() ?? null)

export abstract class Optimizer<O extends OptimizerOptions = OptimizerOptions> implements Part {
  /** Keras's class name. */
  abstract readonly className: string
  /** Calls of `apply` so far, int32. */
  readonly iterations = new Variable(toNode(0, 'int32'), { name: 'iteration', trainable: false })
  protected readonly options: Required<O> & Required<OptimizerOptions>
  private readonly schedule: Schedule | undefined
  private readonly rate: Variable | undefined
  private readonly given: number = 0
  private readonly states = new Map<Variable, { average?: Variable; sum?: Variable; slots: { readonly [name: string]: Variable } }>()
  private readonly undecayed = new Set<Variable>()
  private undecayedNames: readonly string[] = []

  constructor(options: O) {
    this.options = { ...COMMON, ...options } as unknown as Required<O> & Required<OptimizerOptions>
    const rate = this.options.learningRate
    if (typeof rate === 'object' || typeof rate === 'function') this.schedule = getSchedule(rate as Schedule)
    else {
      this.given = checkNumber(rate, 'learningRate', 0)
      this.rate = new Variable(toNode(this.given), { name: 'learningRate', trainable: false })
    }
    checkOptions(this.options)
  }

  /** Names of a weight's variables: those of one inner list stand side by side in `variables`, weight by weight, as Keras stores them. */
  protected abstract slots(): readonly (readonly string[])[]

  /** Records the step of one weight. */
  protected abstract update(step: Step): void

  /** First values of slots that do not start at 0. */
  protected get firstValues(): { readonly [slot: string]: number } {
    return {}
  }

  /** Whether `update` also takes the gradient as some rows of it, `given.rows`: it works number by number, and passes `given` on to a kernel. */
  protected readonly rowwise: boolean = false

  /** Whether a gradient of zero changes nothing. */
  protected get restsWithoutGradient(): boolean {
    return false
  }

  /** Shape of a slot, if not the weight's. */
  protected slotShape?(slot: string, shape: Shape): Shape

  /** Variables that belong to no single weight. */
  protected get shared(): readonly Variable[] {
    return []
  }

  /** Records what a step does once, before the weights. */
  protected beforeStep?(step: Tensor): void

  get name(): string {
    return this.options.name ?? this.className.toLowerCase()
  }

  /** The present learning rate. Setting it takes effect with the next step and recompiles nothing. */
  get learningRate(): number {
    if (this.schedule) return this.schedule.call(this.iterations.read()).dataSync()[0]!
    const stored = readContents(this.rate!.storage)[0]!
    return stored === Math.fround(this.given) ? this.given : stored
  }

  set learningRate(value: number) {
    if (!this.rate) throw new CornusError('BAD_ARGUMENT', `${this.name}: the learning rate follows ${this.schedule!.className || 'a function'} and cannot be set; make the optimizer with a number for that`)
    writeContents(this.rate.storage, Float32Array.of(checkNumber(value, 'learningRate', 0)))
  }

  /** Makes the state of weights that have none yet. */
  build(variables: readonly Variable[]): void {
    for (const weight of variables) {
      check(weight instanceof Variable, 'BAD_ARGUMENT', () => `${this.name}: expected an array of variables`)
      if (this.states.has(weight)) continue
      const make = (slot: string) => new Variable(fill(this.slotShape?.(slot, weight.shape) ?? weight.shape, this.firstValues[slot] ?? 0), { name: `${weight.name}_${slot}`, trainable: false })
      this.states.set(weight, {
        ...(this.options.useEma && { average: make('average') }),
        ...(this.options.gradientAccumulationSteps && { sum: make('gradientAccumulator') }),
        slots: Object.fromEntries(this.slots().flat().map((slot) => [slot, make(slot)])),
      })
    }
  }

  /** All state in Keras's order: iterations, learning rate, averages, sums of gradients, slots. */
  get variables(): readonly Variable[] {
    const states = [...this.states.values()]
    const present = (list: readonly (Variable | undefined)[]) => list.filter((variable) => variable !== undefined)
    return [
      this.iterations, ...present([this.rate]), ...present(states.map(({ average }) => average)), ...present(states.map(({ sum }) => sum)),
      ...this.slots().flatMap((group) => states.flatMap(({ slots }) => present(group.map((slot) => slots[slot])))), ...this.shared,
    ]
  }

  /** Weights that do not decay: these, and those with one of these words in their name. */
  excludeFromWeightDecay({ variables = [], names = [] }: { variables?: readonly Variable[]; names?: readonly string[] }): void {
    for (const variable of variables) this.undecayed.add(variable)
    this.undecayedNames = names
  }

  /**
   * One step: clips the gradients, decays and updates the weights, then averages, constraints and the count. Inside of a traced function it becomes part of
   * the Program, else it happens at once. Weights without a gradient (null) stay as they are.
   */
  apply(grads: readonly (Tensor | null)[], variables: readonly Variable[] = [...this.states.keys()], constraintOf?: (place: number) => { call(w: Tensor): Tensor } | null | undefined): void {
    check(Array.isArray(grads) && grads.length === variables.length, 'BAD_ARGUMENT', () => `${this.name}: ${variables.length} variables need as many gradients; got ${Array.isArray(grads) ? grads.length : typeof grads}`)
    this.build(variables)
    const entries = variables.flatMap((weight, i) => {
      const gradient = grads[i]
      if (!gradient) return []
      check(sameShape(gradient.shape, weight.shape), 'BAD_SHAPE', () => `${this.name}: the gradient of '${weight.name}' has shape ${showShape(gradient.shape)}; the variable has ${showShape(weight.shape)}`)
      return [{ weight, gradient }]
    })
    performEffects(() => {
      const step = this.iterations.read()
      const { gradientAccumulationSteps: every } = this.options
      if (every) this.accumulate(entries, step, every)
      else this.recordSteps(entries, step, step)
      if (this.options.useEma) this.recordAverages(step)
      variables.forEach((weight, i) => {
        const constraint = constraintOf?.(i)
        if (constraint && grads[i]) weight.assign(constraint.call(weight.read()))
      })
      recordIncrement(this.iterations.read())
    })
  }

  /** Clipping, decay and the rule for every weight. */
  private recordSteps(entries: readonly Entry[], step: Tensor, calls: Tensor): void {
    const { clipnorm, globalClipnorm, clipvalue } = this.options
    const learningRate = this.schedule ? this.schedule.call(calls) : this.rate!.read()
    const steps = entries.map(({ weight, gradient }) => {
      const sparse = this.sparseGradient(weight, gradient)
      return { weight, gradient: sparse?.values ?? gradient, rows: sparse?.rows }
    })
    const together = globalClipnorm ? shrinkTo(globalClipnorm, sqrt(addAll(steps.map(({ gradient }) => sumSquares(gradient)))), true) : null
    this.beforeStep?.(step)
    for (const { weight, gradient, rows } of steps) {
      const scale = clipnorm ? shrinkTo(clipnorm, sqrt(sumSquares(gradient))) : together
      const { slots } = this.states.get(weight)!
      this.update({ weight, slots, step, given: { gradient, learningRate, scale, rows }, limits: { clip: clipvalue ?? 0, weightDecay: this.decayOf(weight) } })
    }
  }

  /** The gradient as rows of a table, where the step is to leave all others alone. */
  private sparseGradient(weight: Variable, gradient: Tensor): RowGradient | undefined {
    const { sparseUpdates } = weight
    const wanted = sparseUpdates === 'auto' ? this.restsWithoutGradient || weight.size >= SPARSE_FROM : sparseUpdates
    return wanted && this.rowwise && this.decayOf(weight) === 0 ? rowGradient(gradient) : undefined
  }

  private decayOf(weight: Variable): number {
    const excluded = this.undecayed.has(weight) || this.undecayedNames.some((name) => weight.name.includes(name))
    return excluded ? 0 : this.options.weightDecay ?? 0
  }

  /** Adds gradients up; takes the step, and keeps what it did only when it is due. */
  private accumulate(entries: readonly Entry[], calls: Tensor, every: number): void {
    const due = equal(mod(add(calls, 1), every), 0)
    const totals = entries.map(({ weight, gradient }) => add(this.states.get(weight)!.sum!, gradient))
    const touched = [...entries.flatMap(({ weight }) => [weight, ...Object.values(this.states.get(weight)!.slots)]), ...this.shared]
    const before = touched.map((variable) => clone(variable.read()))
    this.recordSteps(entries.map(({ weight }, i) => ({ weight, gradient: div(totals[i]!, every) })), floorDiv(calls, every), calls)
    touched.forEach((variable, i) => variable.assign(where(due, variable.read(), before[i]!)))
    entries.forEach(({ weight }, i) => this.states.get(weight)!.sum!.assign(where(due, 0, totals[i]!)))
  }

  /** average = momentum · average + (1 − momentum) · weight; the first time the weight itself. */
  private recordAverages(calls: Tensor): void {
    const { emaMomentum, emaOverwriteFrequency } = this.options
    const momentum = mul(cast(greater(calls, 0), 'float32'), emaMomentum)
    const steps = this.options.gradientAccumulationSteps ? floorDiv(calls, this.options.gradientAccumulationSteps) : calls
    for (const [weight, { average }] of this.states) {
      average!.assign(add(mul(momentum, average!), mul(sub(1, momentum), weight)))
      if (emaOverwriteFrequency) weight.assign(where(equal(mod(add(steps, 1), emaOverwriteFrequency), 0), average!, weight))
    }
  }

  /** Puts the moving averages in the place of the weights, if they are kept: the end of fit. */
  finalize(): void {
    if (!this.options.useEma) return
    performEffects(() => this.states.forEach(({ average }, weight) => weight.assign(average!.read())))
  }

  getConfig(): Config {
    const { schedule } = this
    const learningRate = schedule ? serializeSchedule(schedule) : this.learningRate
    return { ...(this.options as unknown as Config), name: this.name, learningRate }
  }
}

/** The gradient as the rule must see it, for rules made of ops. */
export const clippedGradient = ({ given: { gradient, scale }, limits }: Step): Tensor => {
  const scaled = scale ? mul(gradient, scale) : gradient
  return limits.clip ? clip(scaled, -limits.clip, limits.clip) : scaled
}

/** The weight after its decay, for rules made of ops. */
export const decayedWeight = ({ weight, given, limits }: Step): Tensor =>
  limits.weightDecay ? sub(weight, mul(weight, mul(given.learningRate, limits.weightDecay))) : weight.read()

/** The factor that brings a norm down to a limit. Of a norm that is not finite it is NaN where `strict`, so that the failure shows. */
const shrinkTo = (limit: number, norm: Tensor, strict = false): Tensor => {
  const factor = div(limit, maximum(norm, limit))
  return strict ? add(factor, sub(norm, norm)) : factor
}

function checkOptions({ weightDecay, clipnorm, clipvalue, globalClipnorm, emaMomentum, emaOverwriteFrequency, gradientAccumulationSteps }: OptimizerOptions): void {
  const limits = Object.entries({ clipnorm, clipvalue, globalClipnorm }).filter(([, limit]) => limit !== null && limit !== undefined)
  check(limits.length < 2, 'BAD_ARGUMENT', () => `only one of clipnorm, clipvalue and globalClipnorm can be set; got ${limits.map(([name, limit]) => `${name} ${limit}`).join(' and ')}`)
  for (const [name, limit] of limits) checkNumber(limit, name, 0)
  checkNumber(weightDecay ?? 0, 'weightDecay', 0)
  checkNumber(emaMomentum, 'emaMomentum', 0, 1)
  const whole = (value: unknown, name: string, least: number) =>
    check(value === null || (Number.isInteger(value) && (value as number) >= least), 'BAD_ARGUMENT', () => `${name} must be an integer from ${least}, or null, not ${String(value)}`)
  whole(emaOverwriteFrequency, 'emaOverwriteFrequency', 1)
  whole(gradientAccumulationSteps, 'gradientAccumulationSteps', 2)
}
