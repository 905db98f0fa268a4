import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configure, layers, sequential, setSeed, tensor } from '../src/index'
import { markMeetings, type SameShares } from '../src/plan/meet'
import { planObservers, type KernelCall, type Plan } from '../src/plan/plan'
import { findRace } from './support/races'

/** Lets element-wise records that start at the same byte pass, whatever their extents. */
const sameStart: SameShares = (a, b) => a.offset === b.offset

const plans: Plan[] = []
const gather = (plan: Plan) => void plans.push(plan)
beforeEach(() => {
  plans.length = 0
  planObservers.add(gather)
})
afterEach(() => {
  planObservers.delete(gather)
  configure({ threads: 2 })
})

const buffer = (from: number, elements: number) => ({ base: 'arena' as const, offset: from, from, to: from + 4 * elements, unit: 4 })
const N = 16384
const call = (y: ReturnType<typeof buffer>, x: ReturnType<typeof buffer>, more: Partial<KernelCall> = {}): KernelCall => ({
  kernel: 'relu',
  args: { y, x, n: N, alpha: 0, beta: 0, gamma: 0 },
  serial: false,
  elementwise: N,
  meet: false,
  gate: false,
  work: N,
  op: 'relu',
  ...more,
})

describe('the race checker', () => {
  const a = buffer(0, N),
    b = buffer(4 * N, N),
    c = buffer(8 * N, N)
  const reads = { elementwise: undefined }
  const half = { ...buffer(0, N / 2), offset: 0 }
  const cases: [name: string, records: KernelCall[], races: boolean][] = [
    ['a chain over the same elements', [call(b, a), call(c, b)], false],
    ['an element-wise record over what is read whole', [call(b, a), call(c, b, reads)], true],
    ['the same with a meeting', [call(b, a), call(c, b, { ...reads, meet: true })], false],
    ['two readers of one buffer', [call(b, a, reads), call(c, a, reads)], false],
    ['memory that is read, then given to another', [call(b, a, reads), call(a, c, reads)], true],
    ['shares of other sizes', [call(b, a), call(c, b, { elementwise: N / 2 })], true],
    ['a start in common, another extent', [call(b, half), call(a, c)], true],
    ['a place within a buffer', [call(b, a), call(c, { ...b, offset: b.offset + 64 })], true],
    ['serial records', [call(b, a, { serial: true }), call(c, b, { serial: true })], false],
    ['a serial record and a shared one', [call(b, a, { serial: true }), call(c, b)], true],
    ['a record that half overwrites what it reads', [call({ ...a, offset: 64, from: 64, to: a.to + 64 }, a)], true],
  ]
  it.each(cases)('%s', (_, records, races) => {
    expect(findRace({ records, threads: 3 }) !== undefined).toBe(races)
  })

  it.each(cases)('the plan marks meetings that satisfy it: %s', (_, records) => {
    if (records.length === 1) return expect(findRace({ records: markMeetings(records, 3), threads: 3 })).toMatch(/writes arena/)
    expect(findRace({ records: markMeetings(records, 3), threads: 3 })).toBeUndefined()
  })
})

it('a small buffer that is reused by a large one needs a meeting, and with the old rule the checker finds it missing', async () => {
  const losses: number[] = []
  for (const threads of [1, 2, 3]) {
    configure({ threads })
    setSeed(1)
    const model = sequential([
      layers.conv2d({ filters: 12, kernelSize: 1, inputShape: [18, 18, 12] }),
      layers.groupNormalization({ groups: 3 }),
      layers.activation({ activation: 'silu' }),
      layers.globalAveragePooling2d(),
      layers.dense({ units: 3 }),
    ])
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const values = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898) * 2)
    const { history } = await model.fit(tensor(values(32 * 18 * 18 * 12), [32, 18, 18, 12]), tensor(values(32 * 3), [32, 3]), {
      epochs: 8,
      batchSize: 32,
      shuffle: false,
      verbose: 0,
    })
    losses.push(Number((history.loss as number[]).at(-1)))
  }
  expect(new Set(losses).size).toBe(1)
  expect(plans.map(findRace).filter(Boolean)).toEqual([])
  const withOldRule = plans
    .map((plan) => findRace({ ...plan, records: markMeetings(plan.records, plan.threads, sameStart) }))
    .filter(Boolean)
  expect(withOldRule.join('\n')).toMatch(/normalize/)
})
