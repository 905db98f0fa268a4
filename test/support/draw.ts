// Random choices from a seed, and descriptions of parts that can be built and printed as code.
import * as cornus from '../../src/index'
import { makeRandom } from '../../src/util/shuffle'

/** Choices that follow a seed. */
export class Draw {
  private readonly next: () => number

  constructor(seed: number) {
    this.next = makeRandom(seed * 7919 + 13)
  }

  /** From 0 to below 1. */
  real(): number {
    return this.next()
  }

  /** An integer, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  pick<const T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  /** Options, some of the time. */
  maybe<T extends object>(share: number, make: () => T): T | {} {
    return this.chance(share) ? make() : {}
  }

  divisor(n: number): number {
    return this.pick(Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0))
  }
}

/** A piece of JavaScript, for what no data describes. */
export class Code {
  constructor(readonly text: string) {}
}

/** A call of one of the library's factories. */
export class Part {
  constructor(
    readonly factory: string,
    readonly args: readonly Value[],
  ) {}
}

export type Value = number | string | boolean | null | Code | Part | readonly Value[] | { readonly [option: string]: Value }
export type Options = { readonly [option: string]: Value }

export const part = (factory: string, ...args: readonly Value[]): Part => new Part(factory, args)

type Factory = (...args: readonly unknown[]) => unknown

/** What a description stands for. */
export function build(value: Value): unknown {
  if (value instanceof Code) return new Function('ops', `return ${value.text}`)(cornus.ops) as unknown
  if (value instanceof Part) {
    const factory = value.factory.split('.').reduce<unknown>((room, name) => (room as { readonly [name: string]: unknown })[name], cornus)
    return (factory as Factory)(...value.args.map(build))
  }
  if (Array.isArray(value)) return value.map(build)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, build(each as Value)]))
  return value
}

/** The same as a user would write it. */
export function codeOf(value: Value, indent = ''): string {
  if (value instanceof Code) return value.text
  if (value instanceof Part) return `${value.factory}(${value.args.map((arg) => codeOf(arg, indent)).join(', ')})`
  if (Array.isArray(value))
    return listCode(
      value.map((each: Value) => codeOf(each, `${indent}  `)),
      indent,
    )
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${codeOf(each as Value, indent)}`)
      .join(', ')} }`
  return typeof value === 'string' ? `'${value}'` : String(value)
}

const listCode = (items: readonly string[], indent: string): string =>
  items.some((item) => item.includes('('))
    ? `[\n${items.map((item) => `${indent}  ${item},\n`).join('')}${indent}]`
    : `[${items.join(', ')}]`
