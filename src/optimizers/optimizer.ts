// Optimizer: counts steps, holds the learning rate and the state of each weight, and records a step as effects of the Program under way.
import { Tensor } from '../graph/node'
import { toNode } from '../graph/convert'
import { touchStructure } from '../graph/structure'
import { Variable } from '../graph/variable'
import { add, div, equal, floorDiv, greater, maximum, mod, mul, sub } from '../ops/binary'
import { cast } from '../ops/cast'
import { clip, sqrt } from '../ops/elementwise'
import { sumSquares } from '../ops/reduce'
import { where } from '../ops/select'
import { addAll, clone } from '../ops/shape'
import { rowGradient, type RowGradient } from '../ops/sparse'
import { recordIncrement, type UpdateInputs } from '../ops/update'
import { readContents } from '../runtime/runs'
import { writeContents } from '../runtime/turns'
import { fill } from '../tensor'
import { performEffects } from '../transform'
import { check, CornusError, isInstance, showValue } from '../util/errors'
import { snakeCase } from '../util/names'
import {
  flag,
  integer,
  nullable,
  number,
  optional,
  readOptions,
  saveOptions,
  text,
  type Given,
  type Held,
  type Kind,
} from '../util/options'
import type { Config, Part, SavedPart } from '../util/parts'
import { copiedList, sameShape, showShape, type Shape } from '../util/shape'
import { getSchedule, serialize as saveSchedule, type Schedule } from './schedules'

/** A number, a schedule, or a function of the number of updates so far (a tensor). */
export type LearningRate = number | Schedule | SavedPart | ((step: Tensor) => Tensor)

const rate: Kind<LearningRate, number | Schedule> = {
  takes: 'a number from 0, a schedule, or a function of the step',
  read: (value, what) =>
    (typeof value === 'object' && value !== null) || typeof value === 'function'
      ? getSchedule(value as Schedule)
      : number(0).read(value, what),
  save: (held) => (typeof held === 'number' ? held : saveSchedule(held)),
}

/** A weight's constraint by its place; undefined where it has none. */
function constraintsOf(given: unknown, name: string): (place: number) => { call(w: Tensor): Tensor } | undefined {
  if (given === undefined || given === null) return () => undefined
  const takes = "a function of a weight's place that gives its constraint, as () => constraints.nonNeg(), or null"
  check(typeof given === 'function', 'BAD_ARGUMENT', () => `${name}: the third argument must be ${takes}, not ${showValue(given)}`)
  return (place) => {
    const constraint: unknown = (given as (place: number) => unknown)(place) ?? undefined
    const fits = constraint === undefined || typeof (constraint as { call?: unknown }).call === 'function'
    check(fits, 'BAD_ARGUMENT', () => `${name}: the third argument must be ${takes}; it gave ${showValue(constraint)}`)
    return constraint as { call(w: Tensor): Tensor } | undefined
  }
}

/** Options that every optimizer has. */
export const COMMON = {
  /** A number, a schedule, or a function of the number of updates so far (a tensor). Default 0.001. */
  learningRate: optional(rate, 0.001),
  /** Each step shrinks weights by this times the learning rate. Default null: none. */
  weightDecay: optional(nullable(number(0)), null),
  /** Greatest norm of each weight's gradient; at most one of the three limits can be set. */
  clipnorm: optional(nullable(number(0)), null),
  /** Greatest norm of all gradients together. */
  globalClipnorm: optional(nullable(number(0)), null),
  /** Greatest absolute value in a gradient. */
  clipvalue: optional(nullable(number(0)), null),
  /** Keep moving averages of the weights, which take their place when fit ends. Default false. */
  useEma: optional(flag, false),
  /** Default 0.99. */
  emaMomentum: optional(number(0, 1), 0.99),
  /** Put the averages in place after every so many updates, too. */
  emaOverwriteFrequency: optional(nullable(integer(1)), null),
  /** The loss is multiplied by this before gradients are taken of it, and they are divided by it. Default null: 1. */
  lossScaleFactor: optional(nullable(number(Number.MIN_VALUE)), null),
  /** Add up gradients and update only every so many steps, by their mean. */
  gradientAccumulationSteps: optional(nullable(integer(2)), null),
  name: optional(nullable(text), null),
}
export type CommonTable = typeof COMMON
export type OptimizerOptions = Given<CommonTable>

/** Kinds that several optimizers' options are of. */
export const share = number(0, 1)
export const least = number(0)

/** A variable that an optimizer keeps for each weight. */
export interface Slot {
  readonly name: string
  /** Its shape, if not the weight's. */
  shape?(weight: Shape): Shape
  /** Its first value; default 0. */
  readonly first?: number
}

/** What the rule of an optimizer sees of one weight. */
export interface Step {
  readonly weight: Variable
  /** The weight's state by the names in `slots()`. */
  readonly slots: { readonly [name: string]: Variable | undefined }
  /** Updates before this one (int32). */
  readonly step: Tensor
  /** As the fused kernels take them. */
  readonly given: Pick<UpdateInputs, 'gradient' | 'learningRate' | 'scale' | 'rows'>
  readonly limits: { readonly clip: number; readonly weightDecay: number }
}

interface Entry {
  readonly weight: Variable
  readonly gradient: Tensor
  readonly constraint: { call(w: Tensor): Tensor } | undefined
}

/** A step on a smaller table costs little enough to be taken everywhere. */
const SPARSE_FROM = 2 ** 20

/** Contents of variables, as fused kernels take them. */
export const contents = (...variables: readonly (Variable | undefined)[]): (Tensor | null)[] =>
  variables.map((variable) => variable?.read() ?? null)

/** What an optimizer keeps for one weight. */
interface State {
  readonly average: Variable | undefined
  readonly sum: Variable | undefined
  readonly slots: { readonly [name: string]: Variable }
}

export abstract class Optimizer<T extends CommonTable = CommonTable> implements Part {
  /** Keras's class name. */
  abstract readonly className: string
  protected readonly options: Held<T> & Held<CommonTable>
  private schedule: Schedule | undefined
  private counters: { readonly calls: Variable; readonly rate: Variable | undefined } | undefined
  private readonly states = new Map<Variable, State>()
  private readonly undecayed = new Set<Variable>()
  private undecayedNames: readonly string[] = []
  /** @internal Goes up with every setting that a traced step does not read from memory. */
  revision = 0

  /** An optimizer of one's own with more options hands on their table (COMMON and its own). */
  constructor(
    options?: Given<T>,
    private readonly table: T = COMMON as T,
    what = 'optimizer',
  ) {
    this.options = readOptions<CommonTable>(table, options, what) as Held<T> & Held<CommonTable>
    checkLimits(this.options, what)
    const { learningRate } = this.options
    if (typeof learningRate !== 'number') this.schedule = learningRate
  }

  /** The variables of a weight: those of one inner list stand side by side in `variables`, weight by weight, as Keras stores them. */
  protected abstract slots(): readonly (readonly (string | Slot)[])[]

  /** Records the step of one weight. */
  protected abstract update(step: Step): void

  /**
   * Whether `update` also takes the gradient as some rows of it, `given.rows`: it works number by number, and passes `given` on to a
   * kernel.
   */
  protected readonly rowwise: boolean = false

  /** Whether a gradient of zero changes nothing. */
  protected get restsWithoutGradient(): boolean {
    return false
  }

  /** Variables that belong to no single weight. */
  protected get shared(): readonly Variable[] {
    return []
  }

  /** Records what an update does once, before the weights. */
  protected beforeStep?(step: Tensor): void

  get name(): string {
    return this.options.name ?? this.className.toLowerCase()
  }

  /** As Keras names it, in configs and in the paths of its variables. */
  private get kerasName(): string {
    return this.options.name ?? snakeCase(this.className)
  }

  private get counts(): { readonly calls: Variable; readonly rate: Variable | undefined } {
    return (this.counters ??= {
      calls: new Variable(toNode(0, 'int32'), { name: `${this.kerasName}/iteration`, trainable: false }),
      rate: this.schedule
        ? undefined
        : new Variable(toNode(this.options.learningRate as number), { name: `${this.kerasName}/learning_rate`, trainable: false }),
    })
  }

  /** Updates so far, int32: calls of `apply`, or with `gradientAccumulationSteps` full rounds of them. */
  get iterations(): Variable | Tensor {
    const { gradientAccumulationSteps: every } = this.options
    return every ? floorDiv(this.counts.calls, every) : this.counts.calls
  }

  /**
   * The present learning rate. A number set takes effect with the next step and recompiles nothing; a schedule takes a schedule's or
   * number's place.
   */
  get learningRate(): number {
    if (this.schedule) return this.schedule.call(toNode(this.iterations)).dataSync()[0]!
    const stored = readContents(this.counts.rate!.storage)[0]!
    const { learningRate } = this.options
    return stored === Math.fround(learningRate as number) ? (learningRate as number) : stored
  }

  set learningRate(value: LearningRate) {
    const wanted = rate.read(value, `${this.name}: learningRate`)
    if (typeof wanted !== 'number') {
      this.schedule = wanted
      this.changed()
      return
    }
    if (this.schedule) {
      throw new CornusError(
        'BAD_ARGUMENT',
        `${this.name}: the learning rate follows ${this.schedule.className || 'a function'} and cannot be set; ` +
          'make the optimizer with a number for that',
      )
    }
    writeContents(this.counts.rate!.storage, Float32Array.of(wanted))
  }

  /** Makes the state of weights that have none yet. */
  build(variables: readonly Variable[]): void {
    for (const weight of this.listed(variables)) {
      if (this.states.has(weight)) continue
      const make = (slot: string, shape: Shape = weight.shape, first = 0) =>
        new Variable(fill(shape, first), { name: `${this.kerasName}/${weight.name.replaceAll('/', '_')}_${slot}`, trainable: false })
      this.states.set(weight, {
        average: this.options.useEma ? make('average') : undefined,
        sum: this.options.gradientAccumulationSteps ? make('gradient_accumulator') : undefined,
        slots: Object.fromEntries(
          this.definitions.flat().map(({ name, shape, first }) => [name, make(snakeCase(name), shape?.(weight.shape), first)]),
        ),
      })
    }
  }

  /** The variables as of now, checked. */
  private listed(variables: readonly Variable[]): readonly Variable[] {
    const list = copiedList(variables)
    const isVariable = (each: unknown): each is Variable => isInstance(each, Variable)
    check(list?.every(isVariable), 'BAD_ARGUMENT', () => `${this.name}: expected an array of variables, not ${showValue(variables)}`)
    return list
  }

  private get definitions(): Slot[][] {
    return this.slots().map((group) => group.map((slot) => (typeof slot === 'string' ? { name: slot } : slot)))
  }

  /** All state in Keras's order: iterations, learning rate, averages, sums of gradients, slots. */
  get variables(): readonly Variable[] {
    const states = [...this.states.values()]
    const present = (list: readonly (Variable | undefined)[]) => list.filter((variable) => variable !== undefined)
    return [
      this.counts.calls,
      ...present([this.schedule ? undefined : this.counts.rate]),
      ...present(states.map(({ average }) => average)),
      ...present(states.map(({ sum }) => sum)),
      ...this.definitions.flatMap((group) => states.flatMap(({ slots }) => present(group.map(({ name }) => slots[name])))),
      ...this.shared,
    ]
  }

  /** Weights that do not decay: these, and those with one of these words in their name. Counts from the next step on. */
  excludeFromWeightDecay({ variables = [], names = [] }: { variables?: readonly Variable[]; names?: readonly string[] }): void {
    for (const variable of variables) this.undecayed.add(variable)
    this.undecayedNames = names
    this.changed()
  }

  private changed(): void {
    this.revision++
    touchStructure()
  }

  /** The loss as gradients are to be taken of it. */
  scaleLoss(loss: Tensor): Tensor {
    const { lossScaleFactor } = this.options
    return lossScaleFactor === null ? loss : mul(loss, lossScaleFactor)
  }

  /** @internal Whether a weight decays. */
  decays(weight: Variable): boolean {
    return !this.undecayed.has(weight) && !this.undecayedNames.some((name) => weight.name.includes(name))
  }

  /**
   * One step: clips the gradients, decays and updates the weights, then averages, constraints and the count. Inside of a traced function it
   * becomes part of
   * the Program, else it happens at once. Weights without a gradient (null) stay as they are.
   */
  apply(
    grads: readonly (Tensor | null)[],
    variables: readonly Variable[] = [...this.states.keys()],
    constraintOf?: (place: number) => { call(w: Tensor): Tensor } | null | undefined,
  ): void {
    const [weights, gradients] = [this.listed(variables), copiedList(grads)]
    check(
      gradients?.length === weights.length,
      'BAD_ARGUMENT',
      () => `${this.name}: ${weights.length} variables need as many gradients; got ${gradients ? gradients.length : showValue(grads)}`,
    )
    this.build(weights)
    const constraintAt = constraintsOf(constraintOf, this.name)
    const entries = weights.flatMap((weight, place) => {
      const gradient = gradients[place]
      if (gradient === null || gradient === undefined) return []
      check(
        isInstance(gradient, Tensor),
        'BAD_ARGUMENT',
        () => `${this.name}: the gradient of '${weight.name}' must be a tensor or null, not ${showValue(gradient)}`,
      )
      check(
        sameShape(gradient.shape, weight.shape),
        'BAD_SHAPE',
        () =>
          `${this.name}: the gradient of '${weight.name}' has shape ${showShape(gradient.shape)}; ` +
          `the variable has ${showShape(weight.shape)}`,
      )
      return [{ weight, gradient: this.unscaled(gradient), constraint: constraintAt(place) }]
    })
    performEffects(() => {
      const calls = this.counts.calls.read()
      const { gradientAccumulationSteps: every } = this.options
      if (every) this.accumulate(entries, calls, every)
      else this.recordUpdate(entries, calls)
      recordIncrement(this.counts.calls.read())
    })
  }

  private unscaled(gradient: Tensor): Tensor {
    const { lossScaleFactor } = this.options
    return lossScaleFactor === null ? gradient : div(gradient, lossScaleFactor)
  }

  /** One update: the rule for every weight, averages, constraints. */
  private recordUpdate(entries: readonly Entry[], step: Tensor): void {
    this.recordSteps(entries, step)
    if (this.options.useEma) this.recordAverages(step)
    for (const { weight, constraint } of entries) if (constraint) weight.assign(constraint.call(weight.read()))
  }

  /** Clipping, decay and the rule for every weight. */
  private recordSteps(entries: readonly Entry[], step: Tensor): void {
    const { clipnorm, globalClipnorm, clipvalue } = this.options
    const learningRate = this.schedule ? this.schedule.call(step) : this.counts.rate!.read()
    const steps = entries.map(({ weight, gradient }) => {
      const sparse = this.sparseGradient(weight, gradient)
      return { weight, gradient: sparse?.values ?? gradient, rows: sparse?.rows }
    })
    const norms = globalClipnorm ? steps.map(({ gradient }) => sumSquares(gradient)) : []
    const together = globalClipnorm && norms.length ? shrinkTo(globalClipnorm, sqrt(addAll(norms)), true) : null
    this.beforeStep?.(step)
    for (const { weight, gradient, rows } of steps) {
      const scale = clipnorm ? shrinkTo(clipnorm, sqrt(sumSquares(gradient))) : together
      const { slots } = this.stateOf(weight)
      this.update({
        weight,
        slots,
        step,
        given: { gradient, learningRate, scale, rows },
        limits: { clip: clipvalue ?? 0, weightDecay: this.decayOf(weight) },
      })
    }
  }

  private stateOf(weight: Variable): State {
    const state = this.states.get(weight)
    if (!state) throw new CornusError('INTERNAL', `${this.name}: no state for '${weight.name}'`)
    return state
  }

  /** The gradient as rows of a table, where the step is to leave all others alone. */
  private sparseGradient(weight: Variable, gradient: Tensor): RowGradient | undefined {
    const { sparseUpdates } = weight
    const wanted = sparseUpdates === 'auto' ? this.restsWithoutGradient || weight.size >= SPARSE_FROM : sparseUpdates
    return wanted && this.rowwise && this.decayOf(weight) === 0 ? rowGradient(gradient) : undefined
  }

  private decayOf(weight: Variable): number {
    return this.decays(weight) ? (this.options.weightDecay ?? 0) : 0
  }

  /** Adds gradients up; takes the update, and keeps what it did only when it is due. */
  private accumulate(entries: readonly Entry[], calls: Tensor, every: number): void {
    const due = equal(mod(add(calls, 1), every), 0)
    const round = entries.map((entry) => {
      const sum = this.stateOf(entry.weight).sum!
      return { entry, sum, total: add(sum, entry.gradient) }
    })
    const before = this.touchedBy(entries).map((variable) => ({ variable, value: clone(variable.read()) }))
    this.recordUpdate(
      round.map(({ entry, total }) => ({ ...entry, gradient: div(total, every) })),
      floorDiv(calls, every),
    )
    for (const { variable, value } of before) variable.assign(where(due, variable.read(), value))
    for (const { sum, total } of round) sum.assign(where(due, 0, total))
  }

  /** Everything that an update may change. */
  private touchedBy(entries: readonly Entry[]): Variable[] {
    const own = entries.flatMap(({ weight }) => Object.values(this.stateOf(weight).slots))
    const averaged = [...this.states].flatMap(([weight, { average }]) => (average ? [weight, average] : []))
    return [...new Set([...entries.map(({ weight }) => weight), ...own, ...averaged, ...this.shared])]
  }

  /** average = momentum · average + (1 − momentum) · weight; the first time the weight itself. */
  private recordAverages(step: Tensor): void {
    const { emaMomentum, emaOverwriteFrequency } = this.options
    const momentum = mul(cast(greater(step, 0), 'float32'), emaMomentum)
    for (const [weight, { average }] of this.states) {
      if (!average) continue
      average.assign(add(mul(momentum, average), mul(sub(1, momentum), weight)))
      if (emaOverwriteFrequency) weight.assign(where(equal(mod(add(step, 1), emaOverwriteFrequency), 0), average, weight))
    }
  }

  /** Puts the moving averages in the place of the weights, if they are kept and there was an update: the end of fit. */
  finalize(): void {
    if (!this.options.useEma) return
    performEffects(() => {
      const updated = greater(this.iterations, 0)
      for (const [weight, { average }] of this.states) if (average) weight.assign(where(updated, average, weight))
    })
  }

  /** Weights and their moving averages change places, if there was an update. */
  swapAverages(): void {
    this.checkAverages('swapAverages')
    performEffects(() => {
      const updated = greater(this.iterations, 0)
      for (const [weight, { average }] of this.states) {
        if (!average) continue
        const [mine, smooth] = [clone(weight.read()), clone(average.read())]
        weight.assign(where(updated, smooth, mine))
        average.assign(where(updated, mine, smooth))
      }
    })
  }

  /** Moving averages take over what the weights are now. */
  keepAverages(): void {
    this.checkAverages('keepAverages')
    performEffects(() => {
      for (const [weight, { average }] of this.states) average?.assign(weight.read())
    })
  }

  private checkAverages(what: string): void {
    check(
      this.options.useEma,
      'BAD_ARGUMENT',
      () => `${this.name}: ${what}: there are no moving averages; make the optimizer with { useEma: true }`,
    )
  }

  getConfig(): Config {
    return saveOptions(this.table, { ...this.options, name: this.kerasName, learningRate: this.schedule ?? this.learningRate })
  }
}

/** The names that other libraries have for the learning rate: whoever writes them is told ours. */
for (const alias of ['lr', 'learning_rate']) {
  const complain = (): never => {
    throw new CornusError('BAD_ARGUMENT', `an optimizer's ${alias} is called learningRate here: write optimizer.learningRate = 0.001`)
  }
  Object.defineProperty(Optimizer.prototype, alias, { configurable: true, get: () => undefined, set: complain })
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

function checkLimits({ clipnorm, clipvalue, globalClipnorm }: Held<CommonTable>, what: string): void {
  const limits = Object.entries({ clipnorm, clipvalue, globalClipnorm }).filter(([, limit]) => limit !== null)
  check(
    limits.length < 2,
    'BAD_ARGUMENT',
    () =>
      `${what}: only one of clipnorm, clipvalue and globalClipnorm can be set; got ` +
      `${limits.map(([name, limit]) => `${name} ${limit}`).join(' and ')}`,
  )
}
