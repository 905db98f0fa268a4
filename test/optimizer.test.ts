import { describe, expect, test } from 'vitest'
import type { KernelArgs } from '../src/generated/kernels'
import { builds, Kernels } from './support/kernels'
import { random, same, within } from './support/numbers'

// Each rule moves one weight and its state a step, in float64: the formulas of Keras 3. t counts from 1.
type Numbers = Record<string, number>
type Rule = (s: Numbers, g: number, k: { lr: number; t: number } & Numbers) => void

interface Optimizer {
  kernel: 'sgd' | 'rmsprop' | 'adam' | 'adagrad' | 'adadelta' | 'adamax' | 'nadam' | 'lion' | 'ftrl'
  what: string
  state: string[]
  numbers: Numbers
  rule: Rule
  /** What the formula multiplies rounding errors with. */
  slack?: number
}

const adam: Rule = (s, g, { lr, t, beta1, beta2, epsilon }) => {
  s.m! += (g - s.m!) * (1 - beta1!)
  s.v! += (g * g - s.v!) * (1 - beta2!)
  if ('vhat' in s) s.vhat = Math.max(s.vhat!, s.v!)
  const alpha = (lr * Math.sqrt(1 - beta2! ** t)) / (1 - beta1! ** t)
  s.w! -= (s.m! * alpha) / (Math.sqrt(s.vhat ?? s.v!) + epsilon!)
}

const sgd: Rule = (s, g, { lr, momentum, nesterov }) => {
  if (!('m' in s)) return void (s.w! -= lr * g)
  s.m = momentum! * s.m! - lr * g
  s.w! += nesterov ? momentum! * s.m - lr * g : s.m
}

const rmsprop: Rule = (s, g, { lr, rho, momentum, epsilon }) => {
  s.v = rho! * s.v! + (1 - rho!) * g * g
  if ('avg' in s) s.avg = rho! * s.avg! + (1 - rho!) * g
  const step = (lr * g) / Math.sqrt(s.v - ('avg' in s ? s.avg! ** 2 : 0) + epsilon!)
  if ('mom' in s) s.mom = momentum! * s.mom! + step
  s.w! -= s.mom ?? step
}

const adagrad: Rule = (s, g, { lr, epsilon }) => {
  s.acc! += g * g
  s.w! -= (lr * g) / Math.sqrt(s.acc! + epsilon!)
}

const adadelta: Rule = (s, g, { lr, rho, epsilon }) => {
  s.accG = rho! * s.accG! + (1 - rho!) * g * g
  const d = (Math.sqrt(s.accX! + epsilon!) * g) / Math.sqrt(s.accG + epsilon!)
  s.accX = rho! * s.accX! + (1 - rho!) * d * d
  s.w! -= lr * d
}

const adamax: Rule = (s, g, { lr, t, beta1, beta2, epsilon }) => {
  s.m! += (g - s.m!) * (1 - beta1!)
  s.u = Math.max(beta2! * s.u!, Math.abs(g))
  s.w! -= (lr * s.m!) / ((1 - beta1! ** t) * (s.u + epsilon!))
}

const nadamMomentum = (beta1: number, t: number) => beta1 * (1 - 0.5 * 0.96 ** t)

const nadam: Rule = (s, g, { lr, t, beta1, beta2, epsilon }) => {
  let product = 1
  for (let k = 1; k <= t; k++) product *= nadamMomentum(beta1!, k)
  const [u, next] = [nadamMomentum(beta1!, t), nadamMomentum(beta1!, t + 1)]
  s.m! += (g - s.m!) * (1 - beta1!)
  s.v! += (g * g - s.v!) * (1 - beta2!)
  const mHat = (next * s.m!) / (1 - product * next) + ((1 - u) * g) / (1 - product)
  s.w! -= (mHat * lr) / (Math.sqrt(s.v! / (1 - beta2! ** t)) + epsilon!)
}

const lion: Rule = (s, g, { lr, beta1, beta2 }) => {
  s.w! -= lr * Math.sign(beta1! * s.m! + (1 - beta1!) * g)
  s.m = beta2! * s.m! + (1 - beta2!) * g
}

const ftrl: Rule = (s, g, { lr, learningRatePower, l1, l2, l2Shrinkage, beta }) => {
  const now = s.acc! + g * g
  const p = -learningRatePower!
  s.lin! += g + 2 * l2Shrinkage! * s.w! - ((now ** p - s.acc! ** p) / lr) * s.w!
  s.w = (Math.max(-l1!, Math.min(l1!, s.lin!)) - s.lin!) / (now ** p / lr + 2 * (l2! + beta! / (2 * lr)))
  s.acc = now
}

const optimizers: Optimizer[] = [
  { kernel: 'sgd', what: 'plain', state: [], numbers: { momentum: 0, nesterov: 0 }, rule: sgd },
  { kernel: 'sgd', what: 'momentum', state: ['m'], numbers: { momentum: 0.9, nesterov: 0 }, rule: sgd },
  { kernel: 'sgd', what: 'nesterov', state: ['m'], numbers: { momentum: 0.9, nesterov: 1 }, rule: sgd },
  { kernel: 'rmsprop', what: 'plain', state: ['v'], numbers: { rho: 0.9, momentum: 0, epsilon: 1e-7 }, rule: rmsprop },
  { kernel: 'rmsprop', what: 'centered', state: ['v', 'avg'], numbers: { rho: 0.9, momentum: 0, epsilon: 1e-3 }, rule: rmsprop },
  { kernel: 'rmsprop', what: 'momentum', state: ['v', 'mom'], numbers: { rho: 0.9, momentum: 0.8, epsilon: 1e-3 }, rule: rmsprop },
  {
    kernel: 'rmsprop',
    what: 'centered, momentum',
    state: ['v', 'mom', 'avg'],
    numbers: { rho: 0.9, momentum: 0.8, epsilon: 1e-3 },
    rule: rmsprop,
  },
  { kernel: 'adam', what: 'plain', state: ['m', 'v'], numbers: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }, rule: adam },
  { kernel: 'adam', what: 'amsgrad', state: ['m', 'v', 'vhat'], numbers: { beta1: 0.8, beta2: 0.9, epsilon: 1e-3 }, rule: adam },
  { kernel: 'adagrad', what: 'plain', state: ['acc'], numbers: { epsilon: 1e-7 }, rule: adagrad },
  { kernel: 'adadelta', what: 'plain', state: ['accG', 'accX'], numbers: { rho: 0.95, epsilon: 1e-7 }, rule: adadelta },
  { kernel: 'adamax', what: 'plain', state: ['m', 'u'], numbers: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }, rule: adamax },
  { kernel: 'nadam', what: 'plain', state: ['m', 'v'], numbers: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }, rule: nadam },
  { kernel: 'lion', what: 'plain', state: ['m'], numbers: { beta1: 0.9, beta2: 0.99 }, rule: lion },
  {
    kernel: 'ftrl',
    what: 'plain',
    state: ['acc', 'lin'],
    numbers: { learningRatePower: -0.5, l1: 0, l2: 0, l2Shrinkage: 0, beta: 0 },
    rule: ftrl,
    slack: 30,
  },
  {
    kernel: 'ftrl',
    what: 'all',
    state: ['acc', 'lin'],
    numbers: { learningRatePower: -0.7, l1: 0.2, l2: 0.1, l2Shrinkage: 0.3, beta: 0.4 },
    rule: ftrl,
    slack: 30,
  },
]

/** What weights and states begin with. */
const first: Numbers = { w: 0.5, acc: 0.1 }

describe.each(builds)('optimizers (%s)', (build) => {
  const wasm = new Kernels(build)

  /** Four steps of the kernel on n weights; every buffer afterwards. */
  function steps(
    { kernel, state, numbers }: Optimizer,
    gradients: Float32Array[],
    lr: number,
    extra: { clip: number; weightDecay: number; scale: number },
    threads: number,
  ) {
    wasm.reset()
    const n = gradients[0]!.length
    const names = ['w', ...state]
    const at = Object.fromEntries(names.map((name) => [name, wasm.buffer(new Float32Array(n).fill(first[name] ?? 0))]))
    const rate = wasm.buffer(Float32Array.of(lr))
    const scale = extra.scale === 1 ? 0 : wasm.buffer(Float32Array.of(extra.scale))
    const uProduct = wasm.buffer(Float32Array.of(1))
    gradients.forEach((gradient, t) => {
      const step = wasm.buffer(Int32Array.of(t))
      if (kernel === 'nadam') wasm.call('nadamProduct', { uProduct, step, beta1: numbers.beta1! }, threads)
      const pointers = { m: 0, v: 0, vhat: 0, mom: 0, avg: 0, ...at, g: wasm.buffer(gradient), lr: rate, scale, step, uProduct }
      wasm.call(
        kernel,
        { ...pointers, n, ...numbers, clip: extra.clip, weightDecay: extra.weightDecay } as unknown as KernelArgs<number>[typeof kernel],
        threads,
      )
    })
    return names.map((name) => wasm.floats(at[name]!, n))
  }

  test.each(optimizers)('$kernel ($what) follows its formula', (optimizer) => {
    const lr = 0.01
    for (const extra of [
      { clip: 0, weightDecay: 0, scale: 1 },
      { clip: 0.3, weightDecay: 0.05, scale: 0.5 },
    ]) {
      for (const n of [0, 1, 3, 4, 5, 15, 16, 17, 33, 100]) {
        const gradients = Array.from({ length: 4 }, () => random(n, [-1, 1]))
        const outputs = [1, 2, 3].map((threads) => steps(optimizer, gradients, lr, extra, threads))
        const names = ['w', ...optimizer.state]
        names.forEach((name, i) =>
          same(
            outputs.map((output) => output[i]!),
            `${name}, n = ${n}`,
          ),
        )
        const expected = Array.from({ length: n }, (_, i) => {
          const s: Numbers = Object.fromEntries(names.map((name) => [name, first[name] ?? 0]))
          gradients.forEach((gradient, t) => {
            const g = gradient[i]! * extra.scale
            s.w! -= s.w! * extra.weightDecay * lr
            optimizer.rule(s, extra.clip ? Math.max(-extra.clip, Math.min(extra.clip, g)) : g, { ...optimizer.numbers, lr, t: t + 1 })
          })
          return s
        })
        names.forEach((name, i) =>
          within(
            outputs[0]![i]!,
            expected.map((s) => s[name]!),
            (j) => (optimizer.slack ?? 1) * (2e-7 + 2e-6 * Math.abs(expected[j]![name]!)),
            `${name}, n = ${n}`,
          ),
        )
      }
    }
  })

  test('incrementInt counts', () => {
    wasm.reset()
    const y = wasm.buffer(Int32Array.of(41))
    wasm.call('incrementInt', { y, by: 1 }, 3)
    expect([...wasm.ints(y, 1)]).toEqual([42])
  })

  test('a NaN gradient reaches its weight and no other, through a clip too', () => {
    for (const optimizer of optimizers) {
      const [w] = steps(optimizer, [Float32Array.of(1, NaN, 1, 1, 1)], 0.01, { clip: 0.3, weightDecay: 0, scale: 1 }, 1)
      expect([...w!].map(Number.isNaN), optimizer.what).toEqual([false, true, false, false, false])
    }
  })
})
