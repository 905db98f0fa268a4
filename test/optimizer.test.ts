import { describe, expect, test } from 'vitest'
import type { KernelArgs } from '../src/generated/kernels'
import { builds, Kernels } from './support/kernels'
import { random, same, within } from './support/numbers'

// Each rule moves one weight and its state a step, in float64: the formulas of Keras 3. t counts from 1.
type Numbers = Record<string, number>
type Rule = (s: Numbers, g: number, k: { lr: number; t: number } & Numbers) => void

interface Optimizer {
  kernel: 'sgd' | 'rmsprop' | 'adam'
  what: string
  state: string[]
  numbers: Numbers
  rule: Rule
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

const optimizers: Optimizer[] = [
  { kernel: 'sgd', what: 'plain', state: [], numbers: { momentum: 0, nesterov: 0 }, rule: sgd },
  { kernel: 'sgd', what: 'momentum', state: ['m'], numbers: { momentum: 0.9, nesterov: 0 }, rule: sgd },
  { kernel: 'sgd', what: 'nesterov', state: ['m'], numbers: { momentum: 0.9, nesterov: 1 }, rule: sgd },
  { kernel: 'rmsprop', what: 'plain', state: ['v'], numbers: { rho: 0.9, momentum: 0, epsilon: 1e-7 }, rule: rmsprop },
  { kernel: 'rmsprop', what: 'centered, momentum', state: ['v', 'mom', 'avg'], numbers: { rho: 0.9, momentum: 0.8, epsilon: 1e-3 }, rule: rmsprop },
  { kernel: 'adam', what: 'plain', state: ['m', 'v'], numbers: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }, rule: adam },
  { kernel: 'adam', what: 'amsgrad', state: ['m', 'v', 'vhat'], numbers: { beta1: 0.8, beta2: 0.9, epsilon: 1e-3 }, rule: adam },
]

describe.each(builds)('optimizers (%s)', (build) => {
  const wasm = new Kernels(build)

  /** Four steps of the kernel on n weights; every buffer afterwards. */
  function steps({ kernel, state, numbers }: Optimizer, gradients: Float32Array[], lr: number, extra: { clip: number; weightDecay: number; scale: number }, threads: number) {
    wasm.reset()
    const n = gradients[0]!.length
    const names = ['w', ...state]
    const at = Object.fromEntries(names.map((name) => [name, wasm.buffer(new Float32Array(n).fill(name === 'w' ? 0.5 : 0))]))
    const rate = wasm.buffer(Float32Array.of(lr))
    const scale = extra.scale === 1 ? 0 : wasm.buffer(Float32Array.of(extra.scale))
    gradients.forEach((gradient, t) => {
      const pointers = { m: 0, v: 0, vhat: 0, mom: 0, avg: 0, ...at, g: wasm.buffer(gradient), lr: rate, scale, step: wasm.buffer(Int32Array.of(t)) }
      wasm.call(kernel, { ...pointers, n, ...numbers, clip: extra.clip, weightDecay: extra.weightDecay } as unknown as KernelArgs<number>[typeof kernel], threads)
    })
    return names.map((name) => wasm.floats(at[name]!, n))
  }

  test.each(optimizers)('$kernel ($what) follows its formula', (optimizer) => {
    const lr = 0.01
    for (const extra of [{ clip: 0, weightDecay: 0, scale: 1 }, { clip: 0.3, weightDecay: 0.05, scale: 0.5 }]) {
      for (const n of [0, 1, 3, 4, 5, 15, 16, 17, 33, 100]) {
        const gradients = Array.from({ length: 4 }, () => random(n, [-1, 1]))
        const outputs = [1, 2, 3].map((threads) => steps(optimizer, gradients, lr, extra, threads))
        const names = ['w', ...optimizer.state]
        names.forEach((name, i) => same(outputs.map((output) => output[i]!), `${name}, n = ${n}`))
        const expected = Array.from({ length: n }, (_, i) => {
          const s: Numbers = Object.fromEntries(names.map((name) => [name, name === 'w' ? 0.5 : 0]))
          gradients.forEach((gradient, t) => {
            const g = gradient[i]! * extra.scale
            s.w! -= s.w! * extra.weightDecay * lr
            optimizer.rule(s, extra.clip ? Math.max(-extra.clip, Math.min(extra.clip, g)) : g, { ...optimizer.numbers, lr, t: t + 1 })
          })
          return s
        })
        names.forEach((name, i) => within(outputs[0]![i]!, expected.map((s) => s[name]!), (j) => 2e-7 + 2e-6 * Math.abs(expected[j]![name]!), `${name}, n = ${n}`))
      }
    }
  })

  test('a NaN gradient reaches its weight and no other, through a clip too', () => {
    for (const optimizer of optimizers) {
      const [w] = steps(optimizer, [Float32Array.of(1, NaN, 1, 1, 1)], 0.01, { clip: 0.3, weightDecay: 0, scale: 1 }, 1)
      expect([...w!].map(Number.isNaN), optimizer.what).toEqual([false, true, false, false, false])
    }
  })
})
