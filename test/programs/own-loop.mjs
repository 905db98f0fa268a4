// Linear regression without fit: a loss, its gradients, a step.
import { compile, ops, optimizers, setSeed, valueAndGrad, variable } from 'cornus'

setSeed(8)
const w = variable([[0]])
const b = variable([0])
const sgd = optimizers.sgd({ learningRate: 0.1 })
const step = compile((x, y) => {
  const { value, grads } = valueAndGrad(() => ops.mean(ops.square(x.matmul(w).add(b).sub(y))), [w, b])
  sgd.apply(grads, [w, b])
  return value
})
for (let i = 0; i < 300; i++) await step([[0], [1], [2]], [[1], [3], [5]])
console.log(await w.array(), await b.array())
export const result = [await w.sum().item(), await b.item()]
