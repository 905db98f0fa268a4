// CORNUS_DEBUG: 1 each plan, 2 time, GFLOP/s-like rates and GB/s per kernel, 3 the program as text, 4 values.
import type { Place } from '../plan/packed'
import type { KernelCall, Plan } from '../plan/plan'
import { config } from './config'
import type { Program } from './machine'

const mb = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`

export function showPlan(plan: Plan): void {
  if (config.debug < 1) return
  const meetings = plan.records.filter(({ meet }) => meet).length
  const serial = plan.records.filter((record) => record.serial).length
  console.error(
    `cornus plan: ${plan.records.length} records (${serial} serial, ${meetings} meetings), ` +
      `arena ${mb(plan.arenaBytesUnshared)} → ${mb(plan.arenaBytes)}, constants ${mb(plan.constantBytes)}`,
  )
  if (config.debug >= 3) console.error(programText(plan))
}

/** One line a record: flags (s: serial, |: threads meet before), op, kernel, arguments. */
export function programText(plan: Plan): string {
  return plan.records
    .map((record, i) => {
      const args = Object.entries(record.args)
        .map(([name, value]) => `${name}=${showArg(value)}`)
        .join(' ')
      return `${String(i).padStart(4)} ${record.meet ? '|' : ' '}${record.serial ? 's' : ' '} ${record.op} → ${record.kernel} ${args}`
    })
    .join('\n')
}

function showArg(value: KernelCall['args'][string]): string {
  if (value === null) return '–'
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return `[${value.join(',')}]`
  const { base, offset } = value as Place
  return typeof base === 'number' ? `var${base}+${offset}` : `${base}+${offset}`
}

/** Runs record by record on the calling thread and prints what each took. */
export function showRun(program: Program, runRecord: (index: number) => void, failed: () => boolean): void {
  const { records } = program
  let total = 0
  for (const [i, record] of records.entries()) {
    if (record.gate && failed()) return
    const start = performance.now()
    runRecord(i)
    const ms = performance.now() - start
    total += ms
    const rate = record.work / Math.max(ms, 1e-6) / 1e6
    console.error(
      `${String(i).padStart(4)} ${record.op.padEnd(22)} ${record.kernel.padEnd(22)} ${ms.toFixed(4).padStart(9)} ms ` +
        `${rate.toFixed(2).padStart(8)} G steps/s`,
    )
    if (config.debug >= 4) console.error(values(program, record))
  }
  console.error(`     total ${total.toFixed(4)} ms`)
}

function values(program: Program, record: KernelCall): string {
  return Object.entries(record.args)
    .filter(([, value]) => value !== null && typeof value === 'object' && 'base' in value)
    .map(([name, value]) => {
      const floats = program.machine.memory.floats(program.addressOf(value as Place), 6)
      return `       ${name}: ${[...floats].map((v) => v.toPrecision(5)).join(' ')} …`
    })
    .join('\n')
}
