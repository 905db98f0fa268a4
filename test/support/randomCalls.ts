// Random calls with bad arguments, and what a call may end in: a right result that can be read, or a CornusError that a person can use.
import * as cornus from '../../src/index'
import { makeRandom } from '../../src/util/shuffle'
import { samples, type Arguments } from './callSamples'
import { describe, hostile, spoil, type Random } from './hostile'
import { methods } from './methodSamples'

const LONGEST_MESSAGE = 1200
/** Milliseconds of this process's time that no call may take. */
const LONGEST_CALL = 2000
const MOST_READ = 2 ** 20

interface Target {
  readonly name: string
  readonly args: Arguments
  make(r: Random): (...args: unknown[]) => unknown
}

type Anything = (...args: unknown[]) => unknown
const lookUp = (path: string): Anything =>
  path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], cornus) as Anything

/** Every call there is. */
export const targets: readonly Target[] = [
  ...Object.entries(samples).map(([name, args]) => ({ name, args, make: () => callable(name) })),
  ...Object.entries(methods).map(([name, [of, args]]) => ({
    name,
    args,
    make: (r: Random): Anything => {
      const object = of(r) as Record<string, Anything>
      const method = name.slice(name.lastIndexOf('.') + 1)
      return (...given) => {
        const result = object[method]!(...given)
        return result ?? (object as { result?: () => unknown }).result?.()
      }
    },
  })),
]

function callable(name: string): Anything {
  const fn = lookUp(name)
  if (name === 'compile') return (body, ...args) => (fn(body) as { sync: Anything }).sync(...args)
  if (name === 'grad') return (body, ...args) => (fn(body) as Anything)(...args)
  if (name === 'configure')
    return (...args) => {
      fn(...args)
      cornus.configure({ threads: 1, deterministic: false, wide: false, debug: 0 })
    }
  return fn
}

/** Names that take arguments in the package's namespaces. */
export function exportedCalls(): string[] {
  const spaces = [
    'ops',
    'activations',
    'initializers',
    'regularizers',
    'constraints',
    'losses',
    'metrics',
    'optimizers',
    'optimizers.schedules',
    'layers',
    'datasets',
    'text',
    'evaluation',
    'utils',
    'callbacks',
    '',
  ]
  return spaces.flatMap((space) =>
    Object.entries(space ? (lookUp(space) as unknown as object) : cornus)
      .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
      .map(([name]) => (space ? `${space}.${name}` : name)),
  )
}

export interface Outcome {
  readonly call: string
  readonly seed: number
  /** What is wrong with it; undefined: nothing. */
  readonly fault: string | undefined
  readonly threw: boolean
}

/** One random call by its seed. */
export async function randomCall(seed: number, only?: (name: string) => boolean): Promise<Outcome> {
  const r = makeRandom(seed)
  for (let i = 0; i < 3; i++) r()
  const list = only ? targets.filter(({ name }) => only(name)) : targets
  const target = list[Math.floor(r() * list.length)] as Target
  let [args, odd] = [target.args(r), false]
  for (let n = 0; n < (r() < 0.7 ? 1 : 2); n++) {
    const spoilt = spoil(args, r)
    args = spoilt.args
    odd = n === 0 && spoilt.odd
  }
  const call = `${target.name}(${args.map((each) => describe(each)).join(', ')})`
  onCall(seed, call)
  const properties = Object.getOwnPropertyNames(Object.prototype).length
  const start = process.cpuUsage().user
  const { fault, threw } = await perform(target, args, r)
  const took = (process.cpuUsage().user - start) / 1000
  const late = took > LONGEST_CALL ? `took ${took.toFixed(0)} ms` : undefined
  const touched = Object.getOwnPropertyNames(Object.prototype).length !== properties ? 'touched Object.prototype' : undefined
  const unnoticed =
    odd && !threw && !MAY_HOLD_MORE.test(target.name) && args.some((arg) => typeof arg === 'object' && arg !== null && 'bogusOption' in arg)
      ? 'an unknown option went unnoticed'
      : undefined
  return { call, seed, fault: fault ?? touched ?? late ?? unnoticed, threw }
}

/** Inputs by name, of which others are not looked at, as in Keras; callbacks, which may have properties of their own. */
const MAY_HOLD_MORE = /^(loadModel|drawn\.predict|fit with\.callbacks|callbacks\.lambdaCallback)$/

/** Told before each call, so that one that ends the process can be found. */
let onCall: (seed: number, call: string) => void = () => {}
export const tellCalls = (to: typeof onCall): void => {
  onCall = to
}

async function perform(target: Target, args: readonly unknown[], r: Random): Promise<{ fault: string | undefined; threw: boolean }> {
  try {
    const call = target.make(r)
    return { fault: await use(call(...args), target.name, r), threw: false }
  } catch (error) {
    return { fault: faultOf(error), threw: true }
  }
}

/** What a function of the user's does wrong is the user's error. */
const ofUser = (error: unknown): boolean =>
  error instanceof TypeError && /callSamples|methodSamples/.test(error.stack?.split('\n')[1] ?? '')

function faultOf(error: unknown): string | undefined {
  if (ofUser(error)) return undefined
  if (!(error instanceof cornus.CornusError))
    return `threw ${String(error).slice(0, 300)}${
      error instanceof Error
        ? `\n      ${(error.stack ?? '')
            .split('\n')
            .filter((line) => line.includes('/src/'))
            .slice(0, 4)
            .map((line) => line.trim().replace(/\(.*\/src\//, '('))
            .join('\n      ')}`
        : ''
    }`
  if (error.code === 'INTERNAL') return `INTERNAL: ${error.message.slice(0, 300)}`
  if (error.message.length > LONGEST_MESSAGE) return `a message of ${error.message.length} characters`
  return undefined
}

/** Reads a result, and everything that it leads to. */
async function use(result: unknown, name: string, r: Random, depth = 0): Promise<string | undefined> {
  if (depth > 3 || result === null || (typeof result !== 'object' && typeof result !== 'function')) return undefined
  if (result instanceof cornus.Tensor) return (result.shape as readonly (number | null)[]).includes(null) ? undefined : readTensor(result)
  if (result instanceof cornus.Variable) return readTensor(result.read())
  if (result instanceof Promise) return use(await inTime(result), name, r, depth + 1)
  if (name.startsWith('layers.') && result instanceof cornus.Layer) return useLayer(result, r)
  if (/^(losses|metrics|optimizers|initializers|regularizers|constraints)\./.test(name) && depth === 0) return usePart(result, name, r)
  if (ArrayBuffer.isView(result)) return undefined
  for (const each of Object.values(result).slice(0, 20)) {
    const fault = each instanceof cornus.Tensor ? await use(each, name, r, depth + 1) : undefined
    if (fault) return fault
  }
  return undefined
}

async function inTime(promise: Promise<unknown>): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('never answered')), 5 * LONGEST_CALL)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function readTensor(x: cornus.Tensor): string | undefined {
  if (!x.shape.every((d) => Number.isInteger(d) && d >= 0) || x.rank > 6) return `a result of shape [${x.shape.join(', ')}]`
  if (!['float32', 'int32', 'bool'].includes(x.dtype)) return `a result of dtype ${String(x.dtype)}`
  if (x.size > MOST_READ) return undefined
  const values = x.dataSync()
  return values.length === x.size ? undefined : `${values.length} values in a result of shape [${x.shape.join(', ')}]`
}

const SHAPES = [
  [2, 4],
  [2, 4, 3],
  [2, 5, 4, 3],
  [2, 4, 5, 4, 3],
  [2, 3, 4, 5, 4, 3],
]

async function useLayer(layer: cornus.Layer, r: Random): Promise<string | undefined> {
  const shape = SHAPES[Math.floor(r() * SHAPES.length)] as number[]
  JSON.stringify(layer.getConfig())
  const x = r() < 0.05 ? hostile(r) : cornus.ops.randomNormal(shape, 0, 1, 3)
  const y: unknown = layer.apply(x as cornus.Tensor, { training: r() < 0.5 })
  for (const each of [y].flat(3)) {
    const fault = await use(each, 'result', r)
    if (fault) return fault
  }
  return undefined
}

async function usePart(part: object, name: string, r: Random): Promise<string | undefined> {
  const { call, update, apply, getConfig } = part as { [name: string]: Anything | undefined }
  if (getConfig) JSON.stringify(getConfig.call(part))
  const [a, b] = [
    cornus.tensor([
      [0, 1, 0],
      [1, 0, 0],
    ]),
    cornus.tensor([
      [0.2, 0.7, 0.1],
      [0.5, 0.2, 0.3],
    ]),
  ]
  if (name.startsWith('metrics.') && update) {
    update.call(part, a, b)
    return use((part as { result: Anything }).result(), 'result', r)
  }
  if (name.startsWith('losses.') && call) return use(Reflect.apply(call, part, [a, b]), 'result', r)
  if (name.startsWith('initializers.') && call) return use(Reflect.apply(call, part, [[3, 3]]), 'result', r)
  if (name.includes('schedules.') && call) return use(Reflect.apply(call, part, [cornus.tensor(3)]), 'result', r)
  if (name.startsWith('optimizers.') && apply) {
    const w = cornus.variable([1, 2, 3])
    apply.call(part, [cornus.tensor([1, 1, 1])], [w])
    return use(w, 'result', r)
  }
  return call ? use(Reflect.apply(call, part, [b]), 'result', r) : undefined
}
