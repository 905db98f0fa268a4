// Names of the runtime in one place, for tests and benches.
import type { HostData } from '../graph/node'
import type { Feed } from './machine'
import { cachedPrograms, startedMachine, theMachine, type Compiled } from './programs'
import { runHere } from './runs'
import { inTurn, runOf } from './turns'

export { compileNodes, type Compiled } from './programs'
export { evaluateSync, keepingHistory, readContents, threads } from './runs'
export { configure, info, provideSelfCheck, type Info } from './settings'
export { evaluate, writeContents } from './turns'

export const session = {
  get machine() {
    return theMachine()
  },
  get started() {
    return startedMachine() !== undefined
  },
  get cachedPrograms() {
    return cachedPrograms()
  },
}
export const runSync = (compiled: Compiled, feeds: readonly Feed[]): HostData[] => runHere({ compiled, feeds })
export const run = (compiled: Compiled, feeds: readonly Feed[]): Promise<readonly HostData[]> => inTurn(runOf(() => ({ compiled, feeds })))
