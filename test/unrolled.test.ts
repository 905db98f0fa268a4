// Several steps in one traced function: a variable that was updated is differentiated again.
import { expect, it } from 'vitest'
import {
  compile,
  layers,
  ops,
  optimizers,
  sequential,
  setSeed,
  tensor,
  variable,
  valueAndGrad,
  type Tensor,
  type Variable,
} from '../src/index'

const X = tensor([
  [1, 2],
  [3, -1],
  [0.5, 1],
  [-2, 1],
])
const Y = tensor([[1], [0], [2], [-1]])

const numberOf = (x: Tensor) => x.dataSync()[0]!

type Make = () => { step(): Tensor; state: readonly Variable[] }

const makeOptimizer = {
  sgd: () => optimizers.sgd({ learningRate: 0.05, momentum: 0.9 }),
  adam: () => optimizers.adam({ learningRate: 0.05 }),
  adafactor: () => optimizers.adafactor(),
  lamb: () => optimizers.lamb(),
}

const regression =
  (optimizer: keyof typeof makeOptimizer): Make =>
  () => {
    const w = variable(tensor([[0.1], [0.2]]))
    const b = variable(tensor([0.5]))
    const rule = makeOptimizer[optimizer]()
    const step = () => {
      const { value, grads } = valueAndGrad(() => ops.matmul(X, w).add(b).sub(Y).square().mean(), [w, b])
      rule.apply(grads, [w, b])
      return value
    }
    return { step, state: [w, b] }
  }

const adversarial: Make = () => {
  setSeed(5)
  const generator = sequential([layers.dense({ units: 4, activation: 'tanh', inputShape: [2] }), layers.dense({ units: 2 })])
  const critic = sequential([layers.dense({ units: 4, activation: 'relu', inputShape: [2] }), layers.dense({ units: 1 })])
  generator.build([null, 2])
  critic.build([null, 2])
  const [ofGenerator, ofCritic] = [optimizers.adam({ learningRate: 0.01 }), optimizers.rmsprop({ learningRate: 0.01 })]
  const judged = (x: Tensor) => critic.apply(x) as Tensor
  const made = () => generator.apply(X) as Tensor
  const step = () => {
    const critical = valueAndGrad(
      () =>
        judged(made())
          .sub(judged(X.mul(2)))
          .mean(),
      critic.trainableWeights,
    )
    ofCritic.apply(critical.grads, critic.trainableWeights)
    const creative = valueAndGrad(() => judged(made()).mean().mul(-1), generator.trainableWeights)
    ofGenerator.apply(creative.grads, generator.trainableWeights)
    return critical.value.add(creative.value)
  }
  return { step, state: [...generator.weights, ...critic.weights] }
}

const moving: Make = () => {
  setSeed(6)
  const net = sequential([layers.dense({ units: 3, inputShape: [2] }), layers.batchNormalization(), layers.dense({ units: 1 })])
  net.build([null, 2])
  const rule = optimizers.sgd({ learningRate: 0.1 })
  const step = () => {
    const { value, grads } = valueAndGrad(() => (net.apply(X, { training: true }) as Tensor).sub(Y).square().mean(), net.trainableWeights)
    rule.apply(grads, net.trainableWeights)
    return value.add((net.apply(X) as Tensor).mean()) // with the averages as they are now
  }
  return { step, state: net.weights }
}

const cases: Record<string, Make> = {
  ...Object.fromEntries((['sgd', 'adam', 'adafactor', 'lamb'] as const).map((name) => [name, regression(name)])),
  'two networks against each other': adversarial,
  'moving averages': moving,
}

it.each(Object.entries(cases).flatMap(([name, make]) => [2, 3, 5].map((times) => [name, times, make] as const)))(
  '%s: %i steps in one trace are as many calls',
  async (_, times, make) => {
    const [once, often] = [make(), make()]
    const one = compile(() => once.step())
    const unrolled = compile(() => Array.from({ length: times }, () => often.step()))
    const expected: number[] = []
    for (let i = 0; i < 2 * times; i++) expected.push(numberOf(await one()))
    const found = [...(await unrolled()), ...(await unrolled())].map((value) => numberOf(value))
    expect(found).toEqual(expected)
    expect(await Promise.all(often.state.map((v) => v.array()))).toEqual(await Promise.all(once.state.map((v) => v.array())))
  },
)

it('optimization unrolled as plain tensors is differentiated through', () => {
  const rate = variable(tensor(0.1))
  const { value, grads } = valueAndGrad(() => {
    let w: Tensor = tensor(3)
    for (let i = 0; i < 4; i++) w = w.sub(rate.read().mul(w).mul(2)) // descent on w²
    return w.square()
  }, [rate])
  const left = 1 - 2 * 0.1
  expect(numberOf(value)).toBeCloseTo((3 * left ** 4) ** 2, 4)
  expect(numberOf(grads[0]!)).toBeCloseTo(9 * 8 * left ** 7 * -2, 3)
})

it('no gradient passes through an assignment', async () => {
  const [w, copy] = [variable(tensor(2)), variable(tensor(0))]
  const fn = compile(() => {
    copy.assign(w.read().mul(3))
    const { value, grads } = valueAndGrad(() => copy.read().mul(w), [w])
    return { value, slope: grads[0]! }
  })
  const { value, slope } = await fn()
  expect([numberOf(value), numberOf(slope)]).toEqual([12, 6])
})
