// Where threads must meet: of any two records without a meeting between them, no two threads touch the same bytes unless both read.
import { kernels } from '../generated/kernels'
import { alignUp } from '../graph/dtypes'
import type { KernelCall, Operand } from './plan'

/** A record before it is known whether threads meet before it. */
export type UnmetCall = Omit<KernelCall, 'meet'>

/** Bytes that a record touches. */
export interface Access extends Operand {
  readonly write: boolean
}

/** Whether the threads' shares of two accesses are the same bytes, so that each thread finds what it left itself. */
export type SameShares = (a: Access, b: Access, elements: number) => boolean

/** Same start, same extent, same element size, and nothing in the buffer but the elements that are cut. */
export const sameBytes: SameShares = (a, b, elements) => isCut(a, elements) && isCut(b, elements) && a.from === b.from && a.unit === b.unit
const isCut = ({ offset, from, to, unit }: Access, elements: number) => offset === from && to - from === alignUp(unit * elements)

interface Met {
  readonly accesses: readonly Access[]
  readonly serial: boolean
  readonly elementwise: number | undefined
  readonly checks: boolean
  readonly gate: boolean
}

/** `sameShares` is an argument so that a test can show what the checker finds where the rule is wrong. */
export function markMeetings(calls: readonly UnmetCall[], threads: number, sameShares: SameShares = sameBytes): KernelCall[] {
  if (threads === 1) return calls.map((call) => ({ ...call, meet: false }))
  let since: Met[] = []
  return calls.map((call) => {
    const next = {
      accesses: accessesOf(call),
      serial: call.serial,
      elementwise: call.elementwise,
      checks: call.kernel === 'check',
      gate: call.gate,
    }
    const meet = since.some((earlier) => conflict(earlier, next, sameShares))
    if (meet) since = []
    since.push(next)
    return { ...call, meet }
  })
}

/**
 * Two serial records run on the same thread; element-wise ones over the same memory stay within their shares. At a gate all threads read
 * what checks
 * have noted, and all must read the same.
 */
function conflict(earlier: Met, next: Met, sameShares: SameShares): boolean {
  if ((earlier.checks && next.gate) || (earlier.gate && next.checks)) return true
  if (earlier.serial && next.serial) return false
  const elements = earlier.serial || next.serial || earlier.elementwise !== next.elementwise ? undefined : next.elementwise
  return earlier.accesses.some((a) =>
    next.accesses.some(
      (b) =>
        (a.write || b.write) &&
        a.base === b.base &&
        a.from < b.to &&
        b.from < a.to &&
        !(elements !== undefined && sameShares(a, b, elements)),
    ),
  )
}

/** What a record touches: each buffer whole. */
export function accessesOf({ kernel, args }: UnmetCall): Access[] {
  const accesses: Access[] = []
  for (const [name, , , role] of kernels[kernel].fields) {
    const operand = args[name]
    if (role && operand !== null && typeof operand === 'object' && 'base' in operand) accesses.push({ ...operand, write: role !== 'in' })
  }
  return accesses
}
