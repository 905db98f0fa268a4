// Models that TensorFlow.js left in a browser: in its database, or in localStorage under its keys. They are read, never written.
import type { TfjsArtifacts } from '../tfjs'
import { badFile } from '../source'
import { fromBase64, theLocalStorage } from './browser'

const DATABASE = 'tensorflowjs'
const STORE = 'models_store'

/** The model of a name in one of its stores, if there is one. */
export async function tfjsStored(scheme: string, name: string): Promise<TfjsArtifacts | undefined> {
  if (scheme === 'indexeddb') return fromDatabase(name)
  return scheme === 'localstorage' ? fromLocalStorage(name) : undefined
}

async function fromDatabase(name: string): Promise<TfjsArtifacts | undefined> {
  if (typeof indexedDB !== 'object') return undefined
  const database = await existing()
  try {
    if (!database?.objectStoreNames.contains(STORE)) return undefined
    const found = await settled<{ modelArtifacts?: TfjsArtifacts } | undefined>(database.transaction(STORE).objectStore(STORE).get(name))
    return found?.modelArtifacts
  } finally {
    database?.close()
  }
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('the request failed')))
  })

/** Its database, if it is there: one that is made by looking would be without its stores. */
async function existing(): Promise<IDBDatabase | undefined> {
  const request = indexedDB.open(DATABASE)
  let isNew = false
  request.addEventListener('upgradeneeded', () => {
    isNew = true
    request.transaction?.abort()
  })
  return settled(request).catch((error: unknown) => {
    if (isNew) return undefined
    throw error
  })
}

function fromLocalStorage(name: string): TfjsArtifacts | undefined {
  const storage = theLocalStorage()
  const item = (key: string) => storage.getItem(`tensorflowjs_models/${name}/${key}`)
  const [topology, specs, data, metadata] = ['model_topology', 'weight_specs', 'weight_data', 'model_metadata'].map(item)
  if (topology === null && specs === null) return undefined
  const file = { name: `localstorage://${name}` }
  const parsed = (text: string | null | undefined): unknown => {
    try {
      return text ? (JSON.parse(text) as unknown) : undefined
    } catch (cause) {
      throw badFile(file, 'what TensorFlow.js left there is damaged', cause)
    }
  }
  return {
    ...(parsed(metadata) as object | undefined),
    modelTopology: parsed(topology),
    weightSpecs: parsed(specs),
    weightData: fromBase64(data ?? '', file.name),
  }
}
