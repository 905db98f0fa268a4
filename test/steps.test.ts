// A model's steps taken apart: pieces that are called, overridden and put together otherwise, each traced into one Program.
import { beforeEach, describe, expect, test } from 'vitest'
import {
  compile,
  configure,
  grad,
  layers,
  losses,
  metrics,
  ops,
  optimizers,
  Sequential,
  sequential,
  setSeed,
  tensor,
  Tensor,
  valueAndGrad,
  type LossInputs,
  type StepData,
} from '../src/index'

beforeEach(() => {
  configure({ threads: 1, deterministic: true })
  setSeed(7)
})

const x = Array.from({ length: 24 }, (_, i) => [Math.sin(i), Math.cos(i * 1.3)])
const y = x.map(([a, b]) => [a! * 2 - b!])
const stack = () => [layers.dense({ units: 5, activation: 'tanh', inputShape: [2] }), layers.dense({ units: 1 })]
const learn = { optimizer: () => optimizers.sgd({ learningRate: 0.1, momentum: 0.9 }), loss: 'mse' as const, metrics: ['mae' as const] }
const weightsOf = (model: Sequential) => model.getWeights().flatMap((w) => [...w.dataSync()])
const made = <M extends Sequential>(Type: new (list: ReturnType<typeof stack>) => M): M => {
  setSeed(5)
  const model = new Type(stack())
  model.compile({ ...learn, optimizer: learn.optimizer() })
  return model
}
const trained = async (model: Sequential) => (await model.fit(x, y, { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 })).history

describe('overridden steps', () => {
  test('a step put together of the pieces is the built-in step', async () => {
    class Same extends Sequential {
      override trainStep(data: StepData) {
        const { loss, prediction, gradients } = this.lossAndGradients(data)
        this.applyGradients(gradients)
        return this.computeMetrics({ ...data, prediction }, loss)
      }
    }
    const [a, b] = [made(Sequential), made(Same)]
    expect(await trained(b)).toEqual(await trained(a))
    expect(weightsOf(b)).toEqual(weightsOf(a))
  })

  test("computeLoss of one's own; logs of one's own; a metric of one's own", async () => {
    class Own extends Sequential {
      readonly gap = metrics.mean({ name: 'gap' })
      override computeLoss({ y, prediction }: LossInputs) {
        return ops.abs(ops.sub(prediction as Tensor, y as Tensor)).mean()
      }
      override testStep(data: StepData) {
        const prediction = this.apply(data.x as Tensor)
        this.gap.update(ops.sub(prediction, data.y as Tensor))
        return { gap: this.gap.result() }
      }
    }
    const model = made(Own)
    const { gap, loss } = await model.evaluate(x, y, { batchSize: 8 })
    expect(gap).toBeCloseTo((await model.predict(x).sub(y).mean().data())[0]!, 5)
    expect(loss).toBeUndefined()
    const plain = made(Sequential)
    plain.compile({ optimizer: learn.optimizer(), loss: 'mae' })
    await plain.fit(x, y, { batchSize: 8, shuffle: false, verbose: 0 })
    await model.fit(x, y, { batchSize: 8, shuffle: false, verbose: 0 })
    weightsOf(model).forEach((value, i) => expect(value).toBeCloseTo(weightsOf(plain)[i]!, 5))
  })

  test("predictStep of one's own", async () => {
    class Twice extends Sequential {
      override predictStep(input: Tensor) {
        return (super.predictStep(input) as Tensor).mul(2)
      }
    }
    const [a, b] = [made(Sequential), made(Twice)]
    expect(await b.predict(x).array()).toEqual(await a.predict(x).mul(2).array())
  })

  test('what a step may return', async () => {
    class Wrong extends Sequential {
      override trainStep() {
        return 3 as never
      }
    }
    await expect(made(Wrong).fit(x, y, { verbose: 0 })).rejects.toThrow(/trainStep must return an object of tensors/)
  })
})

describe('put together otherwise, in ten lines', () => {
  test('accumulated: one update from the gradients of several batches', async () => {
    const [model, whole] = [made(Sequential), made(Sequential)]
    const step = compile((a: Tensor, b: Tensor, ya: Tensor, yb: Tensor) => {
      const parts = [
        { x: a, y: ya },
        { x: b, y: yb },
      ].map((data) => model.lossAndGradients(data))
      model.applyGradients(parts[0]!.gradients.map((gradient, i) => gradient.add(parts[1]!.gradients[i]!).div(2)))
      return parts[0]!.loss.add(parts[1]!.loss).div(2)
    })
    const loss = await step(x.slice(0, 12), x.slice(12), y.slice(0, 12), y.slice(12))
    expect(await loss.item()).toBeCloseTo((await whole.trainOnBatch(x, y)).loss, 6)
    weightsOf(model).forEach((value, i) => expect(value).toBeCloseTo(weightsOf(whole)[i]!, 6))
  })

  test("federated: clients' gradients are averaged by their samples", async () => {
    const [server, whole] = [made(Sequential), made(Sequential)]
    const gradientsOf = compile((a: Tensor, b: Tensor) => server.lossAndGradients({ x: a, y: b }).gradients)
    const clients = [
      { from: 0, to: 8 },
      { from: 8, to: 24 },
    ]
    const found = await Promise.all(clients.map(({ from, to }) => gradientsOf(x.slice(from, to), y.slice(from, to))))
    const mean = server.trainableWeights.map((_, i) =>
      clients.map(({ from, to }, c) => found[c]![i]!.mul((to - from) / 24)).reduce((a, b) => a.add(b)),
    )
    server.applyGradients(mean)
    await whole.trainOnBatch(x, y)
    weightsOf(server).forEach((value, i) => expect(value).toBeCloseTo(weightsOf(whole)[i]!, 6))
  })

  test('adversarial: a step on inputs moved against the loss', async () => {
    class Robust extends Sequential {
      override trainStep(data: StepData) {
        const slope = grad((input: Tensor) => this.computeLoss({ ...data, prediction: this.apply(input, { training: true }) }))
        const moved = ops.add(data.x as Tensor, ops.sign(slope(data.x as Tensor)).mul(0.1))
        return super.trainStep({ ...data, x: moved })
      }
    }
    const model = made(Robust)
    const clean = made(Sequential)
    const first = await model.trainOnBatch(x, y)
    expect(first.loss).toBeGreaterThan((await clean.trainOnBatch(x, y)).loss)
    for (let i = 0; i < 60; i++) await model.trainOnBatch(x, y)
    expect((await model.evaluate(x, y)).loss).toBeLessThan(0.2)
  })

  test('a generator against a critic, each with its optimizer', async () => {
    const generator = sequential([layers.dense({ units: 1, inputShape: [1] })])
    const critic = sequential([layers.dense({ units: 8, activation: 'tanh', inputShape: [1] }), layers.dense({ units: 1 })])
    const [forGenerator, forCritic] = [optimizers.adam({ learningRate: 0.02 }), optimizers.adam({ learningRate: 0.02 })]
    const judge = losses.binaryCrossentropy({ fromLogits: true })
    let traced = 0
    const criticStep = compile((noise: Tensor, real: Tensor) => {
      traced++
      const truth = ops.concat([ops.broadcastTo(1, real.shape), ops.broadcastTo(0, real.shape)], 0)
      const { value, grads } = valueAndGrad(
        () => judge.call(truth, ops.concat([critic.apply(real), critic.apply(generator.apply(noise))], 0)),
        critic.trainableWeights,
      )
      forCritic.apply(grads, critic.trainableWeights)
      return value
    })
    const generatorStep = compile((noise: Tensor) => {
      traced++
      const { value, grads } = valueAndGrad(
        () => judge.call(ops.broadcastTo(1, noise.shape), critic.apply(generator.apply(noise))),
        generator.trainableWeights,
      )
      forGenerator.apply(grads, generator.trainableWeights)
      return value
    })
    const noise = tensor(Array.from({ length: 32 }, (_, i) => [Math.sin(i * 2.1)]))
    const real = tensor(Array.from({ length: 32 }, (_, i) => [3 + 0.5 * Math.cos(i)]))
    for (let i = 0; i < 300; i++) {
      await criticStep(noise, real)
      await generatorStep(noise)
    }
    expect(traced).toBe(2)
    const mean = (await generator.predict(noise).mean().data())[0]!
    expect(mean).toBeGreaterThan(1.5)
  })
})
