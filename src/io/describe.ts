// What a file holds, as plain data: layers and weights of a model, or arrays, with their shapes and sizes.
import type { HostData } from '../graph/dtypes'
import { readContents } from '../runtime/session'
import { sizeOf } from '../util/shape'
import { isHdf5 } from './hdf5/reader'
import { loadModel, type AnyModel, type LoadModelOptions } from './models'
import { readNpy } from './npy'
import { openSource, type Source } from './places/locate'
import type { ByteSource } from './source'
import { arraysOf } from './weights'

export interface DescribedArray {
  readonly name: string
  readonly shape: readonly number[]
  /** Numbers in it. */
  readonly size: number
  /** Its values, if they were asked for. */
  readonly data?: HostData
}

export interface DescribedLayer {
  readonly name: string
  readonly className: string
  readonly outputShape: readonly (number | null)[] | null
  readonly parameters: number
}

export interface FileDescription {
  /** 'keras', 'h5', 'tfjs' for models; 'weights.h5', 'safetensors', 'npz', 'npy' for arrays. */
  readonly format: string
  readonly bytes: number
  readonly parameters: number
  readonly arrays: readonly DescribedArray[]
  /** Of a model. */
  readonly model?: {
    readonly name: string
    readonly className: string
    readonly layers: readonly DescribedLayer[]
    readonly optimizer: string | null
    readonly loss: unknown
  }
}

export interface DescribeOptions extends LoadModelOptions {
  /** Whether values are read, too. Default false. */
  values?: boolean | undefined
}

/** Reads a file and says what it holds. */
export async function describeFile(source: Source, { values = false, ...options }: DescribeOptions = {}): Promise<FileDescription> {
  const { file, place } = await openSource(source, options)
  try {
    const head = await file.read(0, Math.min(16, file.size))
    if (String.fromCharCode(...head.subarray(1, 6)) === 'NUMPY') return await describeNpy(file, values)
    const error = await loadModel(source, options).then(
      (model) => ({ model }),
      (cause: unknown) => ({ cause }),
    )
    if ('model' in error) return describeModel(error.model, file, head, values)
    try {
      const arrays = [...(await arraysOf(file, place))]
      const described = await Promise.all(
        arrays.map(async ([name, { shape, read }]) => ({ name, shape, size: sizeOf(shape), ...(values && { data: await read() }) })),
      )
      return { format: formatOf(head), bytes: file.size, parameters: sum(described), arrays: described }
    } catch {
      throw error.cause
    }
  } finally {
    await file.close?.()
  }
}

const sum = (arrays: readonly DescribedArray[]): number => arrays.reduce((total, { size }) => total + size, 0)

function formatOf(head: Uint8Array): string {
  if (isHdf5(head)) return 'weights.h5'
  return head[0] === 0x50 && head[1] === 0x4b ? 'npz' : head[0] === 0x7b ? 'tfjs' : 'safetensors'
}

async function describeNpy(file: ByteSource, values: boolean): Promise<FileDescription> {
  const { shape, data } = await readNpy(file)
  return {
    format: 'npy',
    bytes: file.size,
    parameters: data.length,
    arrays: [{ name: 'array', shape, size: data.length, ...(values && { data }) }],
  }
}

function describeModel(model: AnyModel, file: ByteSource, head: Uint8Array, values: boolean): FileDescription {
  const format = isHdf5(head) ? 'h5' : head[0] === 0x50 ? 'keras' : 'tfjs'
  const arrays = model.weights.map(({ name, shape, storage }) => ({
    name,
    shape,
    size: sizeOf(shape),
    ...(values && { data: readContents(storage) }),
  }))
  const layers = model.summaryRows().map(({ name, className, shapes, layer }) => ({
    name,
    className,
    outputShape: shapes[0] ?? null,
    parameters: layer?.countParams() ?? 0,
  }))
  const config = model.getCompileConfig() as { readonly optimizer?: { readonly className?: string }; readonly loss?: unknown }
  return {
    format,
    bytes: file.size,
    parameters: sum(arrays),
    arrays,
    model: {
      name: model.name,
      className: model.className,
      layers,
      optimizer: config.optimizer?.className ?? null,
      loss: config.loss ?? null,
    },
  }
}
