// Random data; the same for all peers.

const size = (shape) => shape.reduce((n, d) => n * d, 1)

/** Uniform in ±1 from a seed: { data, shape }. */
export function random(shape, seed = 1, scale = 1) {
  const data = new Float32Array(size(shape))
  let state = seed * 0x9e3779b9
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    data[i] = scale * (state / 2 ** 31)
  }
  return { data, shape }
}

/** Integers below a bound. */
export function randomInts(shape, below, seed = 1) {
  return { data: Int32Array.from(random(shape, seed).data, (v) => Math.min(below - 1, Math.floor(((v + 1) / 2) * below))), shape }
}

/** Rows with a single one. */
export function oneHot({ data, shape }, classes) {
  const hot = new Float32Array(data.length * classes)
  data.forEach((label, i) => {
    hot[i * classes + label] = 1
  })
  return { data: hot, shape: [...shape, classes] }
}
