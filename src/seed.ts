// One seed for everything random: weights, dropout, the order of samples.
import { generator } from './ops/random'
import { writeContents } from './runtime/turns'
import { check } from './util/errors'

let state = Math.floor(Math.random() * 2 ** 32)

/** Seeds for work on the JavaScript side, in turn. */
export const seeds = {
  next: (): number => (state = (state + 0x6d2b79f5) | 0),
  /** What the next one follows from. */
  get state(): number {
    return state
  },
  set state(value: number) {
    state = value
  },
}

/** From here on the same program draws the same random numbers, on every machine and any number of threads. */
export function setSeed(seed: number): void {
  check(Number.isSafeInteger(seed), 'BAD_ARGUMENT', () => `setSeed: expected an integer, not ${String(seed)}`)
  state = seed | 0
  const contents = generator.reset(seed)
  if (generator.storage.address) writeContents(generator.storage, contents)
}
