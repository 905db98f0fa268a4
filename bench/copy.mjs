// A plain copy of n floats: what memory gives.
import { contender } from './measure.mjs'

export function openCopy() {
  return {
    make(n) {
      const from = new Float32Array(n).fill(1)
      const to = new Float32Array(n)
      return contender('copy', () => to.set(from))
    },
  }
}
