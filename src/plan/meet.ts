// Where threads must meet: of any two records without a meeting between them, no two threads touch the same bytes unless both read.
import { kernels } from '../generated/kernels'
import { alignUp } from '../graph/dtypes'
import type { KernelCall, Operand } from './plan'

/** Bytes that a record touches. */
export interface Access extends Operand {
  readonly write: boolean
}

/** Whether the threads' shares of two accesses are the same bytes, so that each thread finds what it left itself. */
export type SameShares = (a: Access, b: Access, elements: number) => boolean

/** Same start, same extent, same element size, and nothing in the buffer but the elements that are cut. */
export const sameBytes: SameShares = (a, b, elements) => isCut(a, elements) && isCut(b, elements) && a.from === b.from && a.unit === b.unit
const isCut = ({ offset, from, to, unit }: Access, elements: number) => offset === from && to - from === alignUp(unit * elements)

/** A record that came since the last meeting. */
interface Met {
  readonly accesses: readonly Access[]
  readonly elementwise: number | undefined
}

/** `sameShares` is an argument so that a test can show what the checker finds where the rule is wrong. */
export function markMeetings(calls: readonly KernelCall[], threads: number, sameShares: SameShares = sameBytes): KernelCall[] {
  if (threads === 1) return calls.map((call) => withMeeting(call, false))
  const since = new Since(sameShares)
  return calls.map((call) => withMeeting(call, since.add(call)))
}

const withMeeting = (call: KernelCall, meet: boolean): KernelCall => (call.meet === meet ? call : { ...call, meet })

/** The records since the last meeting. */
class Since {
  /** Of one thread, and of all. */
  private serial: Met[] = []
  private shared: Met[] = []
  private checks = false
  private gate = false

  constructor(private readonly sameShares: SameShares) {}

  /** Takes a record in; whether there must be a meeting before it. */
  add(call: KernelCall): boolean {
    const next = { accesses: accessesOf(call), elementwise: call.serial ? undefined : call.elementwise }
    const checks = call.kernel === 'check'
    // At a gate all threads read what checks have noted, and all must read the same.
    const meet = (this.checks && call.gate) || (this.gate && checks) || this.conflicts(next, call.serial)
    if (meet) {
      this.serial = []
      this.shared = []
      this.checks = this.gate = false
    }
    ;(call.serial ? this.serial : this.shared).push(next)
    this.checks ||= checks
    this.gate ||= call.gate
    return meet
  }

  /** Two serial records run on the same thread. */
  private conflicts(next: Met, serial: boolean): boolean {
    return (
      this.shared.some((earlier) => this.conflict(earlier, next)) ||
      (!serial && this.serial.some((earlier) => this.conflict(earlier, next)))
    )
  }

  /** Element-wise records over the same memory stay within their shares. */
  private conflict(earlier: Met, next: Met): boolean {
    const elements = earlier.elementwise === next.elementwise ? next.elementwise : undefined
    return earlier.accesses.some((a) =>
      next.accesses.some(
        (b) =>
          (a.write || b.write) &&
          a.base === b.base &&
          a.from < b.to &&
          b.from < a.to &&
          !(elements !== undefined && this.sameShares(a, b, elements)),
      ),
    )
  }
}

/** What a record touches: each buffer whole. */
export function accessesOf({ kernel, args }: Pick<KernelCall, 'kernel' | 'args'>): Access[] {
  const accesses: Access[] = []
  for (const field of kernels[kernel].fields) {
    const role = field[3]
    const operand = args[field[0]]
    if (role && operand !== null && typeof operand === 'object' && 'base' in operand) {
      const { base, offset, from, to, unit } = operand
      accesses.push({ base, offset, from, to, unit, write: role !== 'in' })
    }
  }
  return accesses
}
