// A variable's place in memory. The graph only knows that it exists; the runtime gives it an address.
import type { Node, Spec } from './node'

export interface Storage extends Spec {
  name: string
  /** Byte address of its block in wasm memory; 0 until the first use. */
  address: number
  /** Computes the first contents; dropped once they are there. */
  initial: Node | undefined
  /** Leaf through which unevaluated tensors outside of a trace read the present contents. */
  leaf: WeakRef<Node> | undefined
}
