// A plan as bytes for the executor, with a list of the pointers that must be filled in once addresses are known.
import { kernels, layout, type Field, type KernelName } from '../generated/kernels'
import { alignUp, dtypes } from '../graph/dtypes'
import { check } from '../util/errors'
import { ARENA, IMAGE, RECORD_BYTES, type PackedProgram, type Place } from './packed'
import type { KernelCall, Plan } from './plan'

export function packPlan({ records, constants, arenaBytesUnshared: _, ...frame }: Plan): PackedProgram {
  const recordBytes = records.length * RECORD_BYTES
  let end = recordBytes
  const argsAt = records.map(({ kernel }) => {
    const at = end
    end += Math.ceil(kernels[kernel].size / 8) * 8
    return at
  })
  const constantsAt = alignUp(end)
  const image = new Uint8Array(constantsAt + frame.constantBytes)
  const view = new DataView(image.buffer)
  const relocations: number[] = []
  const places = new Map<KernelName, number>()

  records.forEach(({ kernel, args, serial, meet, gate }, i) => {
    const at = i * RECORD_BYTES
    if (!places.has(kernel)) places.set(kernel, places.size)
    view.setUint32(at, places.get(kernel)!, true)
    relocations.push(at + 4, IMAGE, argsAt[i]!)
    view.setUint32(at + 8, (serial ? layout.SERIAL : 0) | (meet ? layout.MEET : 0) | (gate ? layout.GATE : 0), true)
    for (const field of kernels[kernel].fields) {
      const value = args[field[0]]
      check(value !== undefined, 'INTERNAL', () => `${kernel}: argument ${field[0]} is missing`)
      if (field[3]) writePointer(kernel, field, value, argsAt[i]!, constantsAt, relocations)
      else writeNumbers(kernel, field, value, argsAt[i]!, view)
    }
  })
  for (const { offset, data, spec } of constants) new dtypes[spec.dtype].Array(image.buffer, constantsAt + offset, data.length).set(data)
  return { frame, kernels: [...places.keys()], image, recordBytes, constantsAt, relocations: Int32Array.from(relocations) }
}

type Argument = KernelCall['args'][string]

function writePointer(
  kernel: string,
  [name, offset]: Field,
  value: Argument,
  argsAt: number,
  constantsAt: number,
  relocations: number[],
): void {
  if (value === null) return
  check(typeof value === 'object' && 'base' in value, 'INTERNAL', () => `${kernel}: ${name} must be a pointer`)
  relocations.push(argsAt + offset, ...target(value, constantsAt))
}

const target = ({ base, offset }: Place, constantsAt: number): [base: number, offset: number] =>
  base === 'constants' ? [IMAGE, constantsAt + offset] : [base === 'arena' ? ARENA : base, offset]

function writeNumbers(kernel: string, [name, offset, type, , count]: Field, value: Argument, argsAt: number, view: DataView): void {
  const values = (count ? value : [value]) as readonly number[]
  check(!count || values.length === count, 'INTERNAL', () => `${kernel}: ${name} takes ${count} numbers`)
  const at = argsAt + offset
  values.forEach((number, k) => {
    if (type === 'f32') view.setFloat32(at + 4 * k, number, true)
    else if (type === 'f64') view.setFloat64(at + 8 * k, number, true)
    else view.setInt32(at + 4 * k, number, true)
  })
}
