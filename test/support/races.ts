// The race checker: from a plan's records alone it proves that no two threads touch the same bytes unordered, unless both read. It works
// with
// the bytes of every thread, not with the plan's rule for meetings, so that it can find that rule wrong.
import { kernels, layout } from '../../src/generated/kernels'
import type { Base } from '../../src/plan/packed'
import type { KernelCall, Operand, Plan } from '../../src/plan/plan'

/** Bytes that one thread (or, as EVERY, each of them) may touch. */
interface Touch {
  readonly thread: number
  /** 'fault': the words that a check writes, and that all threads read at a gate. */
  readonly base: Base | 'fault'
  readonly from: number
  readonly to: number
  readonly write: boolean
  readonly record: number
  readonly field: string
}
const EVERY = -1

/** What races in a plan, as text, or nothing. */
export function findRace({ records, threads }: Pick<Plan, 'records' | 'threads'>): string | undefined {
  if (threads === 1) return undefined
  let stretch: Touch[] = []
  for (const [i, record] of records.entries()) {
    if (record.meet) {
      const race = raceAmong(stretch)
      if (race) return describe(race, records)
      stretch = []
    }
    const touches = touchesOf(record, i, threads)
    const inside = overlapInside(touches, record)
    if (inside) return describe(inside, records)
    stretch.push(...touches)
  }
  const race = raceAmong(stretch)
  return race && describe(race, records)
}

type Race = readonly [Touch, Touch]

const describe = (race: Race, records: readonly KernelCall[]): string =>
  race
    .map(
      ({ thread, base, from, to, write, record, field }) =>
        `${thread === EVERY ? 'any thread' : `thread ${thread}`} ${write ? 'writes' : 'reads'} ${base} ${from}–${to} (record ` +
        `${record}: ${records[record]!.op} → ${records[record]!.kernel}.${field})`,
    )
    .join('; ')

/** Two unordered touches of the same bytes by different threads in different records, one of them a write. */
function raceAmong(stretch: readonly Touch[]): Race | undefined {
  if (stretch.every(({ thread }) => thread === 0)) return undefined
  const byBase = new Map<Touch['base'], Touch[]>()
  for (const touch of stretch) byBase.set(touch.base, [...(byBase.get(touch.base) ?? []), touch])
  for (const touches of byBase.values()) {
    let open: Touch[] = []
    for (const touch of touches.sort((a, b) => a.from - b.from)) {
      open = open.filter(({ to }) => to > touch.from)
      const other = open.find(
        (before) =>
          before.record !== touch.record && (before.write || touch.write) && (before.thread === EVERY || before.thread !== touch.thread),
      )
      if (other) return [other, touch]
      open.push(touch)
    }
  }
  return undefined
}

function touchesOf(record: KernelCall, index: number, threads: number): Touch[] {
  const fault = { base: 'fault', from: 0, to: 12, record: index, field: 'fault' } as const
  return [
    ...(record.gate ? [{ ...fault, thread: EVERY, write: false }] : []),
    ...(record.kernel === 'check' ? [{ ...fault, thread: 0, write: true }] : []),
    ...touchesOfArguments(record, index, threads),
  ]
}

function touchesOfArguments(record: KernelCall, index: number, threads: number): Touch[] {
  return kernels[record.kernel].fields.flatMap(([field, , , role]) => {
    const operand = record.args[field]
    if (!role || !isOperand(operand)) return []
    const { base, from, to } = operand
    const touch = { base, from, to, write: role !== 'in', record: index, field }
    if (record.serial) return [{ ...touch, thread: 0 }]
    const cuts = record.elementwise === undefined ? undefined : cutsOf(operand, record.elementwise, threads)
    if (!cuts) return [{ ...touch, thread: EVERY }]
    return Array.from({ length: threads }, (_, thread) => ({ ...touch, thread, from: cuts[thread]!, to: cuts[thread + 1]! }))
  })
}

const isOperand = (value: KernelCall['args'][string] | undefined): value is Operand =>
  typeof value === 'object' && value !== null && 'base' in value

/**
 * Bytes where the threads' shares of n elements begin, and the end: whole steps of 16 elements as assembly/share.ts cuts them. Nothing if
 * the buffer holds something else.
 */
function cutsOf({ offset, from, to, unit }: Operand, n: number, threads: number): number[] | undefined {
  const padded = Math.ceil((n * unit) / layout.ALIGN) * layout.ALIGN
  if (offset !== from || to - from !== padded) return undefined
  const steps = Math.ceil(n / 16)
  return [...Array.from({ length: threads }, (_, thread) => from + unit * 16 * Math.floor((steps * thread) / threads)), to]
}

/**
 * Within a record a kernel may write over what it reads only where both are the same buffer, whole; nothing lies over its scratch memory.
 */
function overlapInside(touches: readonly Touch[], { kernel }: KernelCall): Race | undefined {
  const roleOf = new Map<string, string>(kernels[kernel].fields.map(([field, , , role]) => [field, role]))
  for (const [i, a] of touches.entries()) {
    for (const b of touches.slice(0, i)) {
      const meet = a.base === b.base && a.from < b.to && b.from < a.to && a.field !== b.field && (a.write || b.write)
      const inPlace =
        a.from === b.from &&
        a.to === b.to &&
        a.thread === b.thread &&
        roleOf.get(a.field) !== 'scratch' &&
        roleOf.get(b.field) !== 'scratch'
      if (meet && !inPlace) return [b, a]
    }
  }
  return undefined
}
