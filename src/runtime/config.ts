// Settings of the whole library, from configure() and the environment.
import { chooseRewrites, isRewriteChoice, rewriteNames, type RewriteChoice } from '../graph/rewrites'
import { touchStructure } from '../graph/structure'
import { check, CornusError, showValue } from '../util/errors'
import { coreCount, env } from '../util/env'

export interface Options {
  /** Threads that kernels may use: 1 to 64. Default: all cores, at most 8; `CORNUS_THREADS` in the environment. */
  threads?: number
  /** The same bits on every machine: picks the strict SIMD build, without fused multiply-add. Default false. */
  deterministic?: boolean
  /** 256-bit code where the engine can be asked for it (Node 24 or later, an experiment of V8's). Default false; `CORNUS_WIDE=1`. */
  wide?: boolean
  /** Limit of WebAssembly memory in MiB, up to 4096 (the default). Only before the first use. */
  memory?: number
  /** Debug ladder, as `CORNUS_DEBUG`: 1 plans, 2 time per kernel, 3 programs as text, 4 values. */
  debug?: number
  /** Off-switch for bisecting: false gives every intermediate memory of its own. */
  reuseMemory?: boolean
  /**
   * Fills the arena with NaN before every run and guards every buffer, so that reading what was never written, or writing too far, shows.
   */
  poison?: boolean
  /**
   * Off-switch for bisecting: false, or `{ name: false }` for one of 'activation', 'scaling', 'rectifiedGradient', 'softmaxLogits',
   * 'sigmoidLogits',
   * 'rowGradient', 'zeroGradient', leaves the graph as it was written: the same values, slower. `CORNUS_REWRITES=off`, or names with a
   * minus before them
   * (`-scaling,-activation`).
   */
  rewrites?: RewriteChoice
}

export interface Config extends Required<Options> {}

const fromEnv = (name: string): number | undefined => {
  const value = Number(env(name) || NaN)
  return Number.isInteger(value) && value >= 0 ? value : undefined
}

/** 'off' for none, '-name,-name' for all but these. */
function rewritesFromEnv(text = ''): RewriteChoice {
  if (text === 'off') return false
  const left = text.split(',').map((name) => name.trim().replace(/^-/, ''))
  return Object.fromEntries(rewriteNames.filter((name) => left.includes(name)).map((name) => [name, false]))
}

export const config: Config = {
  threads: Math.min(64, Math.max(1, fromEnv('CORNUS_THREADS') ?? Math.min(8, coreCount()))),
  deterministic: false,
  wide: env('CORNUS_WIDE') === '1',
  memory: 4096,
  debug: fromEnv('CORNUS_DEBUG') ?? 0,
  reuseMemory: true,
  poison: false,
  rewrites: rewritesFromEnv(env('CORNUS_REWRITES')),
}
chooseRewrites(config.rewrites)

const kinds: { readonly [K in keyof Config]: (value: unknown) => string | false } = {
  threads: (v) => !(Number.isInteger(v) && (v as number) >= 1 && (v as number) <= 64) && 'an integer from 1 to 64',
  deterministic: (v) => typeof v !== 'boolean' && 'true or false',
  wide: (v) => typeof v !== 'boolean' && 'true or false',
  memory: (v) => !(typeof v === 'number' && v >= 1 && v <= 4096) && 'a number of MiB from 1 to 4096',
  debug: (v) => !(Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 4) && 'an integer from 0 to 4',
  reuseMemory: (v) => typeof v !== 'boolean' && 'true or false',
  poison: (v) => typeof v !== 'boolean' && 'true or false',
  rewrites: (v) => !isRewriteChoice(v) && `true, false, or an object of true or false by the names ${rewriteNames.join(', ')}`,
}

/** Checks all, then takes over all: a wrong option changes nothing. */
export function applyOptions(options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    const wrong = Object.hasOwn(kinds, name) ? kinds[name as keyof Config] : undefined
    if (!wrong)
      throw new CornusError(
        'BAD_ARGUMENT',
        `configure: unknown option ${showValue(name)}; the options are ${Object.keys(kinds).join(', ')}`,
      )
    const expected = value === undefined ? false : wrong(value)
    check(!expected, 'BAD_ARGUMENT', () => `configure: ${name} must be ${String(expected)}, not ${showValue(value)}`)
  }
  Object.assign(config, Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)))
  if (options.rewrites === undefined) return
  chooseRewrites(config.rewrites)
  touchStructure()
}
