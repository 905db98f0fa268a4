// Configs for .h5 files: Keras 3's without the names of modules, as Keras 3 writes them there.
import { isObject, type Json } from './json'

/** Keys that layers in these files do not have. */
const LEFT_OUT = new Set(['module', 'registered_name', 'build_config', 'compile_config'])
/** Where the layers of a model stand; in other layers they keep their modules. */
const LAYERS = new Set(['layers'])

/** A model's config in the form of .h5 files. */
export const legacyConfig = (saved: Json): Json => layerConfig(saved)

function layerConfig(saved: Json): Json {
  if (Array.isArray(saved)) return (saved as readonly Json[]).map(layerConfig)
  if (!isObject(saved) || typeof saved.module !== 'string' || !/^keras\.(layers|src\.models)|^keras$/.test(saved.module)) return saved
  const { config } = saved
  const inner = isObject(config)
    ? Object.fromEntries(Object.entries(config).map(([key, value]) => [key, LAYERS.has(key) ? layerConfig(value) : value]))
    : (config ?? null)
  return { ...Object.fromEntries(Object.entries(saved).filter(([key]) => !LEFT_OUT.has(key))), config: inner }
}
