// Files whose weights or computation have other number types: policies become float32, int8 weights the floats that they stand for.
import type { HostData } from '../graph/dtypes'
import type { AnyLayer } from '../layers/layer'
import { sameShape } from '../util/shape'
import { isObject, type Json } from './json'
import { badFile } from './source'
import type { Stored } from './weights'

type Named = { readonly name: string }

/** A config in which all layers compute in float32, and whether weights are stored as int8. */
export function plainTypes(config: Json, file: Named): { readonly config: Json; readonly quantized: boolean } {
  let quantized = false
  const walk = (part: Json): Json => {
    if (Array.isArray(part)) return (part as readonly Json[]).map(walk)
    if (!isObject(part)) return part
    if (part.class_name === 'DTypePolicy' || part.class_name === 'Policy') return policy()
    if (part.class_name === 'QuantizedDTypePolicy' || part.class_name === 'QuantizedFloat8DTypePolicy') {
      const { mode = part.class_name } = isObject(part.config) ? part.config : {}
      if (mode !== 'int8') throw badFile(file, `has weights quantized as ${JSON.stringify(mode)}; of quantized ones int8 is read`)
      quantized = true
      return policy()
    }
    if (part.class_name === 'LossScaleOptimizer' && isObject(part.config)) return walk(part.config.inner_optimizer ?? null)
    return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, key === 'quantization_config' ? null : walk(each)]))
  }
  return { config: walk(config), quantized }
}

const policy = (): Json => ({ module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null })

/** Weights of int8 as floats: kernel / scale of each output, embeddings / scale of each row. The scale is a layer's last variable. */
export function dequantized(stored: ReadonlyMap<string, Stored>, layer: AnyLayer): Map<string, Stored> {
  const result = new Map(stored)
  for (const { path, variable } of layer.allWeights) {
    const array = stored.get(path)
    if (!array || !path.endsWith('/0') || !sameShape(array.shape, variable.shape)) continue
    const folder = path.slice(0, -1)
    const places = [...stored.keys()].filter((key) => key.startsWith(folder) && /^\d+$/.test(key.slice(folder.length)))
    const last = folder + Math.max(...places.map((key) => Number(key.slice(folder.length))))
    const scale = stored.get(last)
    const own = layer.allWeights.filter((weight) => weight.path.startsWith(folder)).length
    if (!scale || places.length !== own + 1) continue
    const rows = variable.name.endsWith('embeddings')
    result.set(path, { shape: array.shape, read: async () => divided(await array.read(), await scale.read(), array.shape, rows) })
    result.delete(last)
  }
  return result
}

function divided(values: HostData, scales: HostData, shape: readonly number[], rows: boolean): Float32Array {
  const width = shape.at(-1) ?? 1
  return Float32Array.from(values, (value, i) => value / scales[rows ? Math.floor(i / width) : i % width]!)
}
