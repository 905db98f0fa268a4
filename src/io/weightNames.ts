// Which array of an older file is which weight: those files have names as 'dense_1/kernel', with or without the model, the cell and ':0'.
import type { Variable } from '../graph/variable'
import type { AnyLayer } from '../layers/layer'
import { nth } from '../util/lists'
import { sameShape } from '../util/shape'

/** An array of a file, under the name that it has there. */
export interface NamedArray {
  readonly shape: readonly number[]
}

interface Entry {
  readonly key: string
  readonly tokens: readonly string[]
  readonly shape: readonly number[]
}

/** What weights were called before Keras 3. */
const OLDER: { readonly [name: string]: readonly string[] } = { kernel: ['depthwise_kernel'] }

/** Names end in what a weight is called; ':0' is TensorFlow's, and so is a number behind a name that occurred before. */
const tokensOf = (key: string): string[] => key.replace(/:\d+$/, '').split('/')

/** The key of each weight, as far as names tell: the one that has most of the weight's path, in its order. */
export function matchNames(layer: AnyLayer, arrays: ReadonlyMap<string, NamedArray>): Map<Variable, string> {
  const entries: Entry[] = [...arrays].map(([key, { shape }]) => ({ key, tokens: tokensOf(key), shape }))
  const byLast = grouped(entries)
  const found = new Map<Variable, string>()
  const taken = new Set<string>()
  for (const weight of layer.allWeights) {
    const path = weight.name.split('/')
    const last = nth(path, -1)
    const candidates = [last, ...(OLDER[last] ?? [])].flatMap((name) => byLast.get(name) ?? []).filter(({ key }) => !taken.has(key))
    const best = bestOf(candidates, path, weight.variable.shape)
    if (!best) continue
    taken.add(best.key)
    found.set(weight.variable, best.key)
  }
  return found
}

function grouped(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const last = nth(entry.tokens, -1)
    const group = groups.get(last)
    if (group) group.push(entry)
    else groups.set(last, [entry])
  }
  return groups
}

function bestOf(candidates: readonly Entry[], path: readonly string[], shape: readonly number[]): Entry | undefined {
  let best: { readonly entry: Entry; readonly score: number } | undefined
  for (const entry of candidates) {
    const common = inCommon(entry.tokens, path)
    if (common === 0) continue
    const score = 1000 * common - 10 * (entry.tokens.length - common) + (sameShape(entry.shape, shape) ? 1 : 0)
    if (!best || score > best.score) best = { entry, score }
  }
  return best?.entry
}

/** How many names of layers stand in both, in the same order; a cell or layer may have another number. */
function inCommon(tokens: readonly string[], path: readonly string[]): number {
  let [common, from] = [0, 0]
  for (const name of path.slice(0, -1)) {
    const at = tokens.slice(0, -1).findIndex((token, i) => i >= from && token === name)
    if (at < 0) continue
    common++
    from = at + 1
  }
  return common
}
