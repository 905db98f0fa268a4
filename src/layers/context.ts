// The call that is under way: layers that are called inside of another, at any depth, take over whether it trains, and the masks that it
// was given. Masks travel beside tensors.
import type { Tensor } from '../graph/node'

interface Call {
  readonly training: boolean
  /** Masks that were given by hand, by the tensors that they belong to. */
  readonly masks: readonly (readonly [Tensor, Tensor])[]
  /** Only shapes are asked for: losses do not count. */
  readonly onlyShapes?: boolean
}

const calls: Call[] = []
/** Number of calls so far that stood in no other one. */
let outermost = 0

/** What the layers around ask for; undefined outside of any call. */
export const inheritedTraining = (): boolean | undefined => calls.at(-1)?.training
/** Which outermost call is, or was last, under way. */
export const callNumber = (): number => outermost
export const onlyShapes = (): boolean => calls.some((call) => call.onlyShapes)

/** Runs a layer's `call` so that the layers inside of it inherit. */
export function duringCall<T>(call: Call, body: () => T): T {
  if (!calls.length && !call.onlyShapes) outermost++
  calls.push(call)
  try {
    return body()
  } finally {
    calls.pop()
  }
}

/** Told of each layer's outputs, the innermost first. */
type Watcher = (layer: object, outputs: readonly Tensor[], inputs: readonly Tensor[]) => void
let watcher: Watcher | undefined

/** Calls layers while somebody watches what goes in and comes out. */
export function watched<T>(watch: Watcher, body: () => T): T {
  const before = watcher
  watcher = watch
  try {
    return body()
  } finally {
    watcher = before
  }
}
export const tellWatcher: Watcher = (...told) => watcher?.(...told)

const masks = new WeakMap<Tensor, Tensor>()

export const setMask = (x: Tensor, mask: Tensor): void => void masks.set(x, mask)

/** The mask that came with a tensor out of a layer, or that a call around this one was given for it. */
export const maskOf = (x: Tensor): Tensor | undefined =>
  masks.get(x) ?? calls.findLast((call) => call.masks.some(([owner]) => owner === x))?.masks.find(([owner]) => owner === x)?.[1]
