// Values that no argument should be, and how to put them into arguments that are right.
import { input, layers, losses, optimizers, tensor, variable } from '../../src/index'

export type Random = () => number

const THEN = ['th', 'en'].join('')
const cyclic: unknown[] = []
cyclic.push(cyclic)
const ring: { self?: unknown } = {}
ring.self = ring

function nested(depth: number): unknown {
  let x: unknown = 1
  for (let i = 0; i < depth; i++) x = [x]
  return x
}

function detached(): Float32Array {
  const { buffer } = Float32Array.of(1, 2, 3)
  const array = new Float32Array(buffer)
  structuredClone(buffer, { transfer: [buffer] })
  return array
}

const refusing = (of: object) =>
  new Proxy(of, {
    get: () => {
      throw new Error('mine')
    },
    ownKeys: () => {
      throw new Error('mine')
    },
    getPrototypeOf: () => {
      throw new Error('mine')
    },
  })

const fail = (): never => {
  throw new Error('mine')
}

const revoked = (of: object): object => {
  const { proxy, revoke } = Proxy.revocable(of, {})
  revoke()
  return proxy
}

/** An array one of whose places cannot be read. */
const trapped = (): number[] =>
  Object.defineProperty([1, 2, 3], 1, {
    get: () => {
      throw new Error('mine')
    },
  })

/** A view of a resizable buffer; shrunk: the view lies outside of it. */
function resizable(shrunk: boolean): Float32Array {
  const make = ArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer & { resize(n: number): void }
  const buffer = new make(16, { maxByteLength: 32 })
  const view = shrunk ? new Float32Array(buffer, 4, 2) : new Float32Array(buffer)
  if (shrunk) buffer.resize(4)
  return view
}

/** Claims another length at each look. */
function shifty(): ArrayLike<number> {
  let length = 2
  return new Proxy([1, 2, 3, 4, 5], {
    get: (list, key) => (key === 'length' ? (length = (length % 5) + 1) : Reflect.get(list, key)) as unknown,
  })
}

/** As a tensor of another library looks. */
const foreign = () => ({
  shape: [3],
  dtype: 'float32',
  size: 3,
  rank: 1,
  dataSync: () => Float32Array.of(1, 2, 3),
  data: async () => Float32Array.of(1, 2, 3),
})

const numbers: readonly (() => unknown)[] = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  0.5,
  1.5,
  -0.5,
  NaN,
  Infinity,
  -Infinity,
  29_999,
  30_000,
  65_536,
  2 ** 30 - 1,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e20,
  1e38,
  1e39,
  1e308,
  5e-324,
  1e-46,
].map((value) => () => value)

const strings: readonly (() => unknown)[] = [
  '',
  ' ',
  '0',
  '1',
  '-1',
  'NaN',
  'relu',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'float64',
  'int64',
  'sane',
  'channels_first',
  'x'.repeat(2 ** 20),
  '\u0000',
  '💥',
  'a'.repeat(300),
].map((value) => () => value)

const others: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => false,
  () => 1n,
  () => 2n ** 70n,
  () => Symbol('s'),
  () => Symbol.iterator,
  () => ({}),
  () => ({ a: 1 }),
  () => Object.create(null) as unknown,
  () => ({ length: 3 }),
  () => ({ length: -1, 0: 1 }),
  () => ring,
  () => new Date(0),
  () => new Map(),
  () => new Set([1]),
  () => /x/,
  () => new Error('e'),
  () => Promise.resolve(1),
  () => Object.defineProperty({}, THEN, { value: () => undefined }),
  () => Object.defineProperty({}, THEN, { get: () => fail() }),
  () => ({ valueOf: () => 3 }),
  () => ({ [Symbol.toPrimitive]: () => 3 }),
  () => ({
    get value() {
      throw new Error('mine')
    },
  }),
  () => refusing({}),
  () => refusing([]),
  () => JSON.parse('{ "__proto__": 1 }') as unknown,
  () => ({ className: 'constructor', config: {} }),
  () => ({ className: 'Nothing', config: { a: 1 } }),
  () => ({ className: 3 }),
  () => Object.freeze({}),
  () => new (class Mine {})(),
  () => globalThis,
  () => [],
  () => [[]],
  () => [1],
  () => [0],
  () => [-1],
  () => [1, 2, 3],
  () => [1, [2]],
  () => [[1, 2], [3]],
  () => [undefined],
  () => [null],
  () => ['a'],
  () => [NaN],
  () => [1.5],
  () => [2 ** 31],
  () => [1n],
  () => [{}],
  () => Array(3),
  () => [true, 5, 2.5],
  () => cyclic,
  () => nested(7),
  () => nested(70),
  () => nested(1e5),
  () => [Float32Array.of(1, 2), [3, 4]],
  () => [Float32Array.of(1, 2), Float32Array.of(3)],
  () => Object.freeze([1, 2]),
  () => Array<number>(300).fill(1),
  () => new Float32Array(0),
  () => Float32Array.of(1, 2, 3),
  () => Float64Array.of(1e300, NaN, 3),
  () => Uint32Array.of(2 ** 32 - 1),
  () => Int8Array.of(-1, 2, 3),
  () => BigInt64Array.of(1n),
  () => new BigUint64Array(3),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => new Float32Array(new SharedArrayBuffer(12)),
  () => detached(),
  () => new Uint8ClampedArray(3),
  () => () => undefined,
  () => () => 3,
  () => (x: unknown) => x,
  () => class Mine {},
  () => async () => 3,
  () =>
    function* () {
      yield 1
    },
  () =>
    (function* () {
      yield 1
    })(),
  () =>
    (async function* () {
      yield [[1], [2]]
    })(),
  () => Math,
  () => Object,
  () => tensor(1),
  () => tensor([1, 2, 3]),
  () =>
    tensor([
      [1.5, NaN],
      [-1, 1e20],
    ]),
  () => tensor([], [0]),
  () => tensor([], [2, 0, 3]),
  () => tensor([1, 0], [2], 'bool'),
  () => tensor([-1, 2 ** 30], [2], 'int32'),
  () => tensor([1], [1, 1, 1, 1, 1, 1]),
  () => revoked({}),
  () => revoked([]),
  () => trapped(),
  () => resizable(false),
  () => resizable(true),
  () => shifty(),
  () => foreign(),
  () => Object.setPrototypeOf([1, 2], null) as unknown,
  () => Object.assign([1, 2], { [Symbol.iterator]: undefined }),
  () => Object.assign([1, 2, 3], { length: 2 ** 20 }),
  () => Buffer.from([1, 2, 3]),
  () => Object.assign(() => 3, { call: 3, apply: undefined }),
  () => ({ call: 3, getConfig: 4 }),
  () => ({ call: () => 3, getConfig: () => null }),
  () => ({
    toString: () => ({}),
    toJSON: () => {
      throw new Error('mine')
    },
  }),
  () => ({
    get length() {
      throw new Error('mine')
    },
  }),
  () => ({
    [Symbol.iterator]: () => {
      throw new Error('mine')
    },
  }),
  () => ({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: undefined }) }) }),
  () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('mine')) }) }),
  () => new WeakMap(),
  () => new Map([['a', 1]]),
  () => new Intl.NumberFormat(),
  () => new Proxy([1, 2, 3], {}),
  () => input({ shape: [3] }),
  () => variable([1, 2, 3]),
  () => layers.dense({ units: 2 }),
  () => layers,
  () => optimizers.sgd(),
  () => losses.meanSquaredError(),
  () => tensor(NaN),
  () => tensor([Infinity, -Infinity, NaN]),
  () => tensor([1, 2, 3]).mul(input({ shape: [3] })),
  () => tensor([[1, 2, 3]], undefined, 'float32').sum(),
]

/** One value of any kind. */
export function hostile(r: Random): unknown {
  const list = r() < 0.3 ? numbers : r() < 0.25 ? strings : others
  return (list[Math.floor(r() * list.length)] as () => unknown)()
}

const isPlain = (x: unknown): x is Record<string, unknown> => {
  try {
    return typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype
  } catch {
    return false
  }
}

const isPart = (x: object): boolean => ['getConfig', 'className', 'class_name'].some((key) => Object.hasOwn(x, key))

function isSpreadable(x: unknown): x is object {
  try {
    return typeof { ...(x as object) } === 'object'
  } catch {
    // a getter that throws
    return false
  }
}

/** Options whose large values are right, and mean long work. */
const LONG = new Set(['epochs', 'stepsPerEpoch', 'initialEpoch', 'n', 'numThresholds', 'numClasses'])

/** A copy of arguments in which a random part is replaced, taken away or added; `odd` is true if an option was added that no call knows. */
export function spoil(args: readonly unknown[], r: Random): { args: unknown[]; odd: boolean } {
  const copy = [...args]
  const kind = r()
  if (kind < 0.06) return { args: copy.slice(0, Math.floor(r() * copy.length)), odd: false }
  if (kind < 0.1) return { args: [...copy, hostile(r)], odd: false }
  const options = copy.findLastIndex((each) => isPlain(each) && !isPart(each)) // a part may hold what it likes
  if (kind < 0.16 && options >= 0 && isSpreadable(copy[options])) {
    copy[options] = { ...copy[options], bogusOption: 1 }
    return { args: copy, odd: true }
  }
  const at = Math.floor(r() * copy.length)
  if (copy.length) copy[at] = spoilPart(copy[at], r)
  return { args: copy, odd: false }
}

function spoilPart(part: unknown, r: Random): unknown {
  try {
    return spoilInside(part, r)
  } catch {
    // it was spoilt before
    return hostile(r)
  }
}

function spoilInside(part: unknown, r: Random): unknown {
  if (Array.isArray(part) && part.length && r() < 0.6) {
    const at = Math.floor(r() * part.length)
    if (r() < 0.1) return part.slice(1)
    if (r() < 0.1) return [...(part as unknown[]), hostile(r)]
    return part.map((each, i) => (i === at ? spoilPart(each, r) : (each as unknown)))
  }
  if (isPlain(part) && Object.keys(part).length && r() < 0.85) {
    const keys = Object.keys(part)
    const key = keys[Math.floor(r() * keys.length)] as string
    const value = spoilPart(part[key], r)
    if (LONG.has(key) && typeof value === 'number' && value > 1000) return part
    return { ...part, [key]: value }
  }
  return hostile(r)
}

/** Arguments as text, for a report. */
export function describe(x: unknown, depth = 0): string {
  try {
    return textOf(x, depth)
  } catch {
    return 'a proxy'
  }
}

function textOf(x: unknown, depth: number): string {
  if (typeof x === 'string') return x.length > 40 ? `'${x.slice(0, 20)}…'(${x.length})` : `'${x}'`
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x === 'function') return `function ${x.name}`
  if (Object.is(x, -0)) return '-0'
  if (typeof x !== 'object' || x === null) return String(x)
  if (x === globalThis) return 'globalThis'
  if (depth > 3) return '…'
  if (Array.isArray(x)) return `[${x.length > 12 ? `… ${x.length}` : Array.from(x, (each) => describe(each, depth + 1)).join(', ')}]`
  if (isPlain(x))
    return `{ ${Object.entries(x)
      .map(([key, value]) => `${key}: ${describe(value, depth + 1)}`)
      .join(', ')} }`
  if ('shape' in x && 'dtype' in x) return `${x.constructor.name} ${String(x.dtype)} [${String(x.shape)}]`
  if (ArrayBuffer.isView(x)) return `${x.constructor.name}(${(x as { length?: number }).length})`
  return x.constructor?.name ?? 'object'
}
