// The perceptron's rule: weights move only where the answer was wrong. AND is learned.
import { ops, variable } from 'cornus'

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]
const y = [0, 0, 0, 1]
const w = variable([0, 0])
const b = variable(0)
const answer = (input) => ops.dot(input, w).add(b).greater(0).cast('float32')
for (let epoch = 0; epoch < 10; epoch++) {
  for (const [i, input] of x.entries()) {
    const error = ops.sub(y[i], answer(input))
    const [dw, db] = [error.mul(input), error]
    const [newW, newB] = [w.add(dw), b.add(db)]
    w.assign(newW)
    b.assign(newB)
  }
}
const answers = []
for (const input of x) answers.push(await answer(input).item())
console.log(answers)
export const result = answers
