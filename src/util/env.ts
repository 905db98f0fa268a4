// What this runtime is and offers. No `node:` import anywhere: bundlers and browsers load this too.

interface ProcessLike {
  env?: Record<string, string | undefined>
  stdout?: { isTTY?: boolean; columns?: number; write(text: string): boolean }
  getBuiltinModule?(name: string): unknown
  versions?: Record<string, string>
  cpuUsage?(): { user: number; system: number }
  emitWarning?(message: string): void
}

const globals = globalThis as {
  process?: ProcessLike
  Deno?: { version?: { deno: string } }
  Bun?: { version: string }
  navigator?: { userAgent?: string; hardwareConcurrency?: number }
}

export const processLike = (): ProcessLike | undefined => (typeof globals.process === 'object' ? globals.process : undefined)

/** An environment variable, where there are any and they may be read. */
export function env(name: string): string | undefined {
  try {
    return processLike()?.env?.[name]
  } catch {
    return undefined // Deno without --allow-env
  }
}

/** Columns of the terminal; where there is none, no limit. */
export function terminalWidth(): number {
  const { stdout } = processLike() ?? {}
  return stdout?.isTTY && stdout.columns ? stdout.columns : Infinity
}

/** Whether the terminal may show colours (https://no-color.org). */
export const colourful = (): boolean => !env('NO_COLOR')

/** A module of Node (Deno and Bun have them too), or undefined elsewhere. */
export function builtin<T>(name: string): T | undefined {
  try {
    return processLike()?.getBuiltinModule?.(name) as T | undefined
  } catch {
    return undefined
  }
}

export type RuntimeName = 'node' | 'deno' | 'bun' | 'workerd' | 'browser' | 'unknown'

/** workerd, Deno and Bun all report process.versions.node, so they are asked for first. */
export function runtimeName(): RuntimeName {
  if (globals.Deno?.version) return 'deno'
  if (globals.Bun) return 'bun'
  if (globals.navigator?.userAgent === 'Cloudflare-Workers') return 'workerd'
  if (
    typeof (globalThis as { document?: unknown }).document === 'object' ||
    typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope === 'function'
  )
    return 'browser'
  if (processLike()?.versions?.node) return 'node'
  return 'unknown'
}

/** CPU time of this process with all its threads so far, in ms; where it is not known, undefined. */
export function cpuTime(): number | undefined {
  const used = processLike()?.cpuUsage?.()
  return used && (used.user + used.system) / 1000
}

/** CPU cores that this process may use. */
export const coreCount = (): number =>
  globals.navigator?.hardwareConcurrency ?? builtin<{ availableParallelism?(): number }>('node:os')?.availableParallelism?.() ?? 1

const warned = new Set<string>()

/** Warns once for each message. */
export function warnOnce(message: string): void {
  if (warned.has(message)) return
  warned.add(message)
  console.warn(`cornus: ${message}`)
}
