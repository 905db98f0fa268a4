// Tests of what rewrites give hold also where the environment switches them off (CORNUS_REWRITES).
import { configure } from '../../src/index'
import { config } from '../../src/runtime/config'

const chosen = config.rewrites

/** Runs `work` with all rewrites on, whatever the environment says. */
export function withRewrites<T>(work: () => T): T {
  configure({ rewrites: true })
  const done = () => configure({ rewrites: chosen })
  let pending = false
  try {
    const result = work()
    pending = result instanceof Promise
    return pending ? ((result as Promise<unknown>).finally(done) as T) : result
  } finally {
    if (!pending) done()
  }
}
