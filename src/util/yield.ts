// Giving the event loop its turn.
import { builtin } from './env'

/** Longest stretch that work on the calling thread goes on without a pause, in ms. */
const STRETCH = 20

let channel: MessageChannel | undefined
const waiting: (() => void)[] = []

/**
 * Resolves in a later turn of the event loop, after timers, input and painting had their chance; unlike setTimeout without a minimum delay.
 */
export function nextTurn(): Promise<void> {
  const timers = builtin<{ setImmediate?(done: () => void): unknown }>('node:timers')
  if (timers?.setImmediate) return new Promise((done) => timers.setImmediate!(done))
  if (typeof MessageChannel !== 'function') return new Promise((done) => setTimeout(done, 0))
  return new Promise((done) => {
    if (!channel) {
      channel = new MessageChannel()
      channel.port1.onmessage = () => waiting.shift()?.()
    }
    waiting.push(done)
    channel.port2.postMessage(0)
  })
}

let since = performance.now()

/** A pause between pieces of work, if the last one was some time ago; else nothing to wait for. */
export function breathe(): Promise<void> | undefined {
  return performance.now() - since < STRETCH ? undefined : pause()
}

async function pause(): Promise<void> {
  await nextTurn()
  since = performance.now()
}
