// 20 steps of training with each optimizer and loss, on a network of plain ops, against Keras.
import { describe, expect, it } from 'vitest'
import { sigmoid, softmax } from '../src/activations'
import { dense } from '../src/ops/matmul'
import { readContents } from '../src/runtime/session'
import { variable, type Tensor } from '../src/tensor'
import { compile, valueAndGrad } from '../src/transform'
import type { Config } from '../src/util/parts'
import { expectNear, golden, toTensor, unpack, type Packed } from './support/golden'
import { getLoss, getOptimizer } from './support/parts'

interface Named {
  name: string
  options: Config
}
interface Case {
  optimizer: Named
  loss: Named
  target: string
  activation: 'linear' | 'softmax' | 'sigmoid'
  losses: Packed
  weights: Packed[]
}
const { data, cases, steps, batchSize, weights } = golden<Case, { steps: number; batchSize: number; weights: Packed[] }>('training')

const activations = { linear: (x: Tensor) => x, softmax: (x: Tensor) => softmax(x), sigmoid: (x: Tensor) => sigmoid(x) }
const batchOf = (name: string) => {
  const all = toTensor(data[name]!)
  const batches = Array.from({ length: all.shape[0]! / batchSize }, (_, i) => all.slice(i * batchSize, batchSize))
  return (step: number) => batches[step % batches.length]!
}

function train({ optimizer: { name, options }, loss: { name: lossName, options: lossOptions }, target, activation }: Case) {
  const optimizer = getOptimizer({ className: name, config: options })
  const loss = getLoss({ className: lossName, config: lossOptions })
  const variables = weights.map((w) => variable(toTensor(w)))
  const [w1, b1, w2, b2] = variables
  const step = compile((x, y) => {
    const { value, grads } = valueAndGrad(
      () => loss.call(y, activations[activation](dense(dense(x, w1!, b1!, 'tanh'), w2!, b2!))),
      variables,
    )
    optimizer.apply(grads, variables)
    return value
  })
  const [x, y] = [batchOf('x'), batchOf(target)]
  const losses = Array.from({ length: steps }, (_, i) => step.sync(x(i), y(i)).dataSync()[0]!)
  return { losses, weights: variables.map(({ storage }) => readContents(storage)) }
}

const titles = [...new Set(cases.map(({ optimizer: { name, options } }) => `${name} ${JSON.stringify(options)}`))]
describe('training as in Keras', () => {
  it.each(titles)('%s', (title) => {
    const group = cases.filter(({ optimizer: { name, options } }) => `${name} ${JSON.stringify(options)}` === title)
    expect(group.length).toBeGreaterThan(0)
    for (const each of group) {
      const label = `${title}, ${each.loss.name} ${JSON.stringify(each.loss.options)}`
      const found = train(each)
      expectNear(found.losses, unpack(each.losses), 5e-5, `${label}: losses`)
      found.weights.forEach((w, i) => expectNear(w, unpack(each.weights[i]!), 5e-5, `${label}: weight ${i}`))
    }
  })
})
