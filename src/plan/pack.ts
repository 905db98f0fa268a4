// A plan as bytes for the executor, with a list of the pointers that must be filled in once addresses are known.
import { kernels, layout, type Field, type KernelName } from '../generated/kernels'
import { alignUp, dtypes } from '../graph/dtypes'
import { check, CornusError } from '../util/errors'
import { ARENA, IMAGE, RECORD_BYTES, type PackedProgram } from './packed'
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
      if (value === undefined) throw new CornusError('INTERNAL', `${kernel}: argument ${field[0]} is missing`)
      if (field[3]) writePointer(kernel, field, value, argsAt[i]!, constantsAt, relocations)
      else writeNumbers(kernel, field, value, argsAt[i]!, view)
    }
  })
  for (const { offset, data, spec } of constants) new dtypes[spec.dtype].Array(image.buffer, constantsAt + offset, data.length).set(data)
  return { frame, kernels: [...places.keys()], image, recordBytes, constantsAt, relocations: Int32Array.from(relocations) }
}

type Argument = KernelCall['args'][string]

function writePointer(kernel: string, field: Field, value: Argument, argsAt: number, constantsAt: number, relocations: number[]): void {
  if (value === null) return
  check(typeof value === 'object' && 'base' in value, 'INTERNAL', () => `${kernel}: ${field[0]} must be a pointer`)
  const { base, offset } = value
  if (base === 'constants') relocations.push(argsAt + field[1], IMAGE, constantsAt + offset)
  else relocations.push(argsAt + field[1], base === 'arena' ? ARENA : base, offset)
}

function writeNumbers(kernel: string, field: Field, value: Argument, argsAt: number, view: DataView): void {
  const at = argsAt + field[1]
  const count = field[4]
  if (!count) return writeNumber(view, field[2], at, value as number)
  const values = value as readonly number[]
  check(values.length === count, 'INTERNAL', () => `${kernel}: ${field[0]} takes ${count} numbers`)
  const bytes = field[2] === 'f64' ? 8 : 4
  for (let k = 0; k < count; k++) writeNumber(view, field[2], at + bytes * k, values[k]!)
}

function writeNumber(view: DataView, type: Field[2], at: number, number: number): void {
  if (type === 'f32') view.setFloat32(at, number, true)
  else if (type === 'f64') view.setFloat64(at, number, true)
  else view.setInt32(at, number, true)
}
