// Rosenblatt's perceptron (1958): one unit with a step for its activation. A step has no useful gradient, so there is no fit here; the
// perceptron
// has a learning rule of its own, which is written below with variables and ops and compiled into one WebAssembly program.
// see: F. Rosenblatt, The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain, Psychological Review 65
// (1958)
import { compile, ops, variable } from 'cornus'

/** 1 from 0 on, else 0. */
const unitStep = (x) => ops.greaterEqual(x, 0).cast('float32')

function perceptron(inputs, learningRate) {
  const w = variable(Array(inputs).fill(0), { name: 'w' })
  const b = variable(0, { name: 'b' })
  const output = (x) => unitStep(x.mul(w).sum(-1).add(b))

  // Traced at the first call, then run as a whole: the assignments are part of the program.
  const learn = compile((x, t) => {
    const error = t.sub(output(x)) // −1, 0 or 1
    w.assign(w.add(x.mul(error).mul(learningRate))) // w += lr · (t − y) · x
    b.assign(b.add(error.mul(learningRate)))
    return error
  })
  return { w, b, learn, predict: compile(output) }
}

/** Shows sample after sample until a whole epoch goes without an error. */
async function train({ learn }, samples, epochs) {
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let errors = 0
    for (const [x, target] of samples) errors += Math.abs(await (await learn(x, target)).item())
    if (errors === 0) return epoch
  }
  return undefined // never without an error
}

const corners = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]
const gates = {
  AND: ([a, b]) => a & b,
  OR: ([a, b]) => a | b,
  XOR: ([a, b]) => a ^ b, // no straight line has (0, 1) and (1, 0) on one side, (0, 0) and (1, 1) on the other
}

async function learnGate(name) {
  const unit = perceptron(2, 0.1)
  const epochs = await train(
    unit,
    corners.map((x) => [x, gates[name](x)]),
    100,
  )
  const outputs = [...(await (await unit.predict(corners)).data())]
  console.log(
    `${name.padEnd(4)} ${corners.map((x, i) => `${x.join(' ')} → ${outputs[i]}`).join('   ')}   ` +
      `${epochs ? `learned: epoch ${epochs} had no error` : 'not learned in 100 epochs'}`,
  )
  return { epochs, right: outputs.every((y, i) => y === gates[name](corners[i])) }
}

/** Points of a square, on both sides of the line x₁ + 2 x₂ = 0.4 and a little away from it. */
function makeCloud(count) {
  const samples = []
  for (let i = 1; samples.length < count; i++) {
    const x = [2 * ((i * 0.754877666) % 1) - 1, 2 * ((i * 0.569840291) % 1) - 1] // spread evenly, without chance
    const side = x[0] + 2 * x[1] - 0.4
    if (Math.abs(side) > 0.15) samples.push([x, side > 0 ? 1 : 0])
  }
  return samples
}

async function learnCloud() {
  const samples = makeCloud(150)
  const unit = perceptron(2, 0.1)
  const epochs = await train(unit, samples, 100)
  const outputs = await (await unit.predict(samples.map(([x]) => x))).data()
  const accuracy = outputs.filter((y, i) => y === samples[i][1]).length / samples.length
  const [w1, w2] = await unit.w.data()
  const offset = await unit.b.item()
  console.log(
    `\n${samples.length} points: epoch ${epochs} had no error; ${(100 * accuracy).toFixed(0)} % on the right side of ` +
      `${w1.toFixed(2)} x₁ + ${w2.toFixed(2)} x₂ ${offset < 0 ? '−' : '+'} ${Math.abs(offset).toFixed(2)} = 0`,
  )
  drawCloud(samples, (x1, x2) => w1 * x1 + w2 * x2 + offset >= 0)
  return { epochs, accuracy }
}

/** Points of class 1 as ●, of class 0 as ○; what the perceptron takes for 1 is shaded. */
function drawCloud(samples, isOne, columns = 48, rows = 16) {
  const cells = Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => (isOne((2 * c + 1) / columns - 1, 1 - (2 * r + 1) / rows) ? '░' : ' ')),
  )
  for (const [[x1, x2], label] of samples)
    cells[Math.floor(((1 - x2) * rows) / 2)][Math.floor(((x1 + 1) * columns) / 2)] = label ? '●' : '○'
  for (const row of cells) console.log(`  ${row.join('')}`)
}

export async function main() {
  const results = {}
  for (const name of Object.keys(gates)) results[name] = await learnGate(name)
  return { ...results, cloud: await learnCloud() }
}

if (process.argv[1] === import.meta.filename) await main()
