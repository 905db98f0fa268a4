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
  return undefined
}

/** Whether something is made from a file. */
export const isLoading = (): boolean => scopes.length > 0

export const layerLoader = (): LayerLoader | undefined => scopes.findLast(({ layers }) => layers)?.layers
