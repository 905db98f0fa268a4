// Own classes and functions by the names that configs give them, while a deserialize is under way: every part that is made inside of it, at
// any depth, sees them.

/** Own classes and functions by the names under which they were saved. */
export interface CustomObjects {
  readonly [name: string]: unknown
}

/** How a saved layer becomes a layer, for the wrappers that hold some. */
export type LayerLoader = (className: string) => ((config: never) => unknown) | undefined

interface Scope {
  readonly objects: CustomObjects
  readonly layers: LayerLoader | undefined
}

const scopes: Scope[] = []

/** Own classes and functions that files name, known everywhere: by 'package>Name'. */
const registered = new Map<string, unknown>()
const registeredNames = new Map<unknown, string>()

/** Makes an own class or function known under a name to whatever is loaded. */
export function register(name: string, object: unknown): void {
  registered.set(name, object)
  registeredNames.set(object, name)
}

/** The name under which an own class or function was registered. */
export const registeredName = (object: unknown): string | undefined => registeredNames.get(object)

/** Runs `body`, in which own objects are found by name. */
export function withCustomObjects<T>(objects: CustomObjects, body: () => T, layers?: LayerLoader): T {
  scopes.push({ objects, layers })
  try {
    return body()
  } finally {
    scopes.pop()
  }
}

/** The own object of the first of these names that is known, from the innermost scope outwards. */
export function customObject(...names: readonly (string | null | undefined)[]): unknown {
  for (const { objects } of [...scopes].reverse()) {
    const name = names.find((each): each is string => typeof each === 'string' && Object.hasOwn(objects, each))
    if (name !== undefined) return objects[name]
  }
  return registered.get(names.find((name) => typeof name === 'string' && registered.has(name))!)
}

/** Own classes and functions met while something is saved that is loaded again at once, by the names that stand for them. */
let kept: Map<string, unknown> | undefined

/** The name that stands for an own class or function in a config: the registered one, or its own. */
export function nameOfOwn(object: unknown, name: string): string {
  if (!kept) return registeredNames.get(object) ?? name
  const known = [...kept].find(([, each]) => each === object)?.[0]
  if (known !== undefined) return known
  const free = `${name}#${kept.size}`
  kept.set(free, object)
  return free
}

/** What `save` gives, and the own objects that it names, whether or not they are registered. */
export function keepingOwn<T>(save: () => T): { readonly saved: T; readonly objects: CustomObjects } {
  const before = kept
  kept = new Map()
  try {
    return { saved: save(), objects: Object.fromEntries(kept) }
  } finally {
    kept = before
  }
}

/** Whether something is made from a file. */
export const isLoading = (): boolean => scopes.length > 0

export const layerLoader = (): LayerLoader | undefined => scopes.findLast(({ layers }) => layers)?.layers
