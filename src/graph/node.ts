// The graph: a node is one op applied to other nodes. Tensors are handles on nodes, gradients are more nodes, a plan is made from nodes.
import { sizeOf, type Shape } from '../util/shape'
import type { Op } from './define'
import type { DType, HostData } from './dtypes'
import type { Storage } from './storage'

export type { DType, HostData }

/** What is known of a value before it is computed. */
export interface Spec {
  readonly shape: Shape
  readonly dtype: DType
}

export type AttrValue = number | string | boolean | null | undefined | readonly AttrValue[]
export type Attrs = { readonly [name: string]: AttrValue }

let nextId = 1

/**
 * A tensor: a node of the graph, and so a promise of values. Nothing is computed until somebody asks for them (`data`, `array`, `print`,
 * `fit` …).
 * The methods that users call are added in src/tensor.ts, where ops and runtime are known.
 */
export class Tensor implements Spec {
  /** Grows with creation: sorting by id is a topological order. */
  readonly id = nextId++
  readonly shape: Shape
  readonly dtype: DType
  /** @internal */ readonly op: Op
  /** @internal */ inputs: readonly Tensor[]
  /** @internal */ readonly attrs: Attrs
  /** @internal Of an op with several outputs; the node itself then has no value, its picks have. */
  readonly outputs: readonly Spec[] | undefined
  /** @internal Known values: of a constant, or of a node that was computed and read. */
  value: HostData | undefined
  /** @internal Of a variable's leaf. */
  readonly storage: Storage | undefined

  /** @internal */
  constructor({ op, inputs = [], attrs = {}, shape, dtype, outputs, value, storage }: NodeFields) {
    this.op = op
    this.inputs = inputs
    this.attrs = attrs
    this.shape = shape
    this.dtype = dtype
    this.outputs = outputs
    this.value = value
    this.storage = storage
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }
}

/** Inside the house a tensor is called what it is there. */
export type Node = Tensor

export interface NodeFields extends Spec {
  op: Op
  inputs?: readonly Node[]
  attrs?: Attrs
  outputs?: readonly Spec[]
  value?: HostData
  storage?: Storage
}

export const makeNode = (fields: NodeFields): Node => new Tensor(fields)

export const specOf = ({ shape, dtype }: Spec): Spec => ({ shape, dtype })

/** All nodes that `ends` need, inputs before users. Nodes whose value is known count as leaves, unless `inputsOf` says otherwise. */
export const topologicalOrder = (ends: readonly Node[], inputsOf: (node: Node) => readonly Node[] = openInputs): Node[] =>
  [...reachable(ends, inputsOf)].sort((a, b) => a.id - b.id)

/** The same, in no order. */
export function reachable(ends: readonly Node[], inputsOf: (node: Node) => readonly Node[] = openInputs): Set<Node> {
  const seen = new Set<Node>()
  const stack = [...ends]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    for (const input of inputsOf(node)) if (!seen.has(input)) stack.push(input)
  }
  return seen
}

const openInputs = (node: Node): readonly Node[] => (node.value ? NONE : node.inputs)
const NONE: readonly Node[] = []

const texts = new WeakMap<Attrs, string>()

/** Attributes as text, for keys and dumps. */
export function showAttrs(attrs: Attrs): string {
  let text = texts.get(attrs)
  if (text === undefined) texts.set(attrs, (text = asText(attrs)))
  return text
}

function asText(attrs: Attrs): string {
  let text = '{'
  for (const name in attrs) text += `${name}:${valueText(attrs[name])},`
  return `${text}}`
}

const valueText = (value: AttrValue): string => {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  return Array.isArray(value) ? `[${value.map(valueText).join()}]` : String(value)
}
