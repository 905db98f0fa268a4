// Ops without a kernel: where values come from.
import type { Op } from './define'
import { makeNode, specOf, type HostData, type Node, type Spec } from './node'

const leaf = (name: string, unique = true): Op => ({
  name,
  inplace: () => [],
  unread: [],
  writes: [],
  unique,
  shape: () => ({ shape: [], dtype: 'float32' }),
})

/** Values known from outside: `node.value`. */
export const constant = leaf('constant')
/** An argument of a traced function: values come with each call. */
export const placeholder = leaf('placeholder')
/** Present contents of a variable; an input, if any, is the effect that wrote them. */
export const readVariable = leaf('variable')
/** One of several outputs. */
export const pick = leaf('pick', false)

export const constantNode = (value: HostData, spec: Spec): Node => makeNode({ op: constant, value, ...specOf(spec) })

export const placeholderNode = (spec: Spec): Node => makeNode({ op: placeholder, ...specOf(spec) })

/** A value that takes more than one Program: computed on demand, by what the runtime knows of it. */
export const deferred = leaf('deferred')
