// Reverse-mode differentiation: a walk back over the nodes that makes more nodes. Their own gradients are taken the same way.
import { toNode } from './graph/convert'
import { dtypes } from './graph/dtypes'
import { defineOp } from './graph/define'
import { pick, readVariable } from './graph/leaves'
import { makeNode, topologicalOrder, type Node, type Spec } from './graph/node'
import { add } from './ops/binary'
import { sumTo } from './ops/reduce'
import { broadcastTo } from './ops/shape'
import { check, CornusError } from './util/errors'
import { nth } from './util/lists'
import { sameShape, showShape } from './util/shape'

/**
 * dy/dx for each x, as nodes; zeros where y does not depend on x. `dy` defaults to ones (y is then usually a scalar). What a variable holds
 * is a
 * constant, wherever it came from: as in Keras, no gradient passes through an assignment or an optimizer's step.
 */
export function gradients(y: Node, xs: readonly Node[], dy: Node = broadcastTo(toNode(1), y.shape)): Node[] {
  const onPath = dependents(y, xs)
  const incoming = new Map<Node, Node>([[y, dy]])
  const ofOutputs = new Map<Node, (Node | undefined)[]>() // of nodes with several outputs, by place

  for (const node of [...onPath].sort((a, b) => b.id - a.id)) {
    const dy = incoming.get(node)
    if (node.op === pick) {
      const list = ofOutputs.get(nth(node.inputs, 0)) ?? []
      const index = node.attrs.index as number
      if (dy) list[index] = sumWith(list[index], dy)
      ofOutputs.set(nth(node.inputs, 0), list)
      continue
    }
    const dys = node.outputs ? ofOutputs.get(node)! : [dy]
    if (!dys.some(Boolean) || inputsOf(node).length === 0) continue
    backward(node, dys).forEach((given, i) => {
      const input = node.inputs[i]
      if (!given || !input || !onPath.has(input)) return
      const gradient = node.op.broadcasts ? sumTo(given, input.shape) : given
      check(
        sameShape(gradient.shape, input.shape),
        'INTERNAL',
        () => `gradient of ${node.op.name}: shape ${showShape(gradient.shape)} for an input of ${showShape(input.shape)}`,
      )
      incoming.set(input, sumWith(incoming.get(input), gradient))
    })
  }
  return xs.map((x) => incoming.get(x) ?? zeros(x))
}

/** x under another name. */
const itself = defineOp('itself', { inputs: ['x'], alias: () => 0, shape: ({ x }) => x, grad: ({ dy }) => [dy] })

const zeros = (x: Node): Node => broadcastTo(toNode(0), x.shape)
const sumWith = (a: Node | undefined, b: Node): Node => (a ? add(a, b) : b)

/** What a gradient passes on to. */
const inputsOf = ({ op, inputs }: Node): readonly Node[] => (op === readVariable ? [] : inputs)

/** Nodes on a way from any of xs to y. */
function dependents(y: Node, xs: readonly Node[]): Set<Node> {
  const found = new Set<Node>(xs)
  for (const node of topologicalOrder([y], inputsOf)) {
    // also behind nodes whose values were read
    if (inputsOf(node).some((input) => found.has(input))) found.add(node)
  }
  return found
}

function backward(node: Node, dys: readonly (Node | undefined)[]): readonly (Node | null)[] {
  const { op, inputs, attrs, outputs } = node
  if (op.grad) {
    const ys = outputs ? outputs.map((spec, index) => pickOf(node, spec, index)) : [node]
    return op.grad(
      inputs,
      ys,
      ys.map((y, i) => dys[i] ?? zeros(y)),
      attrs,
    )
  }
  if (op.composed) {
    // Inputs that depend on each other are separate here: their own ways back are walked by the caller.
    const own = inputs.map((input) => itself(input))
    const equivalent = [op.composed(own, attrs, gradients)].flat()
    const each = equivalent.flatMap((y, i) => (dys[i] ? [gradients(y, own, dys[i])] : []))
    return each.reduce((sums, next) => sums.map((total, i) => add(total, nth(next, i))))
  }
  if (op.alias || inputs.length === 0 || dtypes[node.dtype].whole) return inputs.map(() => null)
  throw new CornusError('UNSUPPORTED', `${op.name} has no gradient`)
}

const pickOf = (node: Node, { shape, dtype }: Spec, index: number): Node =>
  makeNode({ op: pick, inputs: [node], attrs: { index }, shape, dtype })
