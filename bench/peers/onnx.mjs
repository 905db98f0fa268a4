// Writes ONNX models as bytes: just enough protocol buffers for the bench.

const FLOAT = 1
const INT64 = 7

/**
 * { inputs: { name: shape }, outputs: [name or { int64: name }], initializers: { name: Float32Array with .shape | BigInt64Array }, nodes:
 * [[op, inputs, outputs, attributes]] } → bytes
 */
export function encodeModel({ inputs = {}, outputs, initializers = {}, nodes }) {
  const graph = [
    ...nodes.map((node) => message(1, encodeNode(node))),
    text(2, 'bench'),
    ...Object.entries(initializers).map(([name, data]) => message(5, encodeTensor(name, data))),
    ...Object.entries(inputs).map(([name, shape]) => message(11, encodeValue(name, shape))),
    ...outputs.map((output) => message(12, output.int64 ? encodeValue(output.int64, { int64: undefined }) : encodeValue(output))),
  ]
  return concat([integer(1, 8), text(2, 'cornus bench'), message(8, [text(1, ''), integer(2, 17)]), message(7, graph)])
}

/** An initializer of a shape. */
export const tensor = (data, shape) => ({ data, shape })

function encodeNode([op, inputs, outputs, attributes = {}]) {
  return [
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, encodeAttribute(name, value))),
  ]
}

/** Integers, { float }, strings and lists of integers. */
function encodeAttribute(name, value) {
  if (typeof value === 'string') return [text(1, name), text(4, value), integer(20, 3)]
  if (Array.isArray(value)) return [text(1, name), ...value.map((each) => integer(8, each)), integer(20, 7)]
  if (typeof value === 'object') return [text(1, name), key(2, 5), new Uint8Array(Float32Array.of(value.float).buffer), integer(20, 1)]
  return [text(1, name), integer(3, value), integer(20, 2)]
}

function encodeTensor(name, { data, shape }) {
  const type = data instanceof BigInt64Array ? INT64 : FLOAT
  return [
    ...shape.map((size) => integer(1, size)),
    integer(2, type),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]
}

/** An input has a shape (and { int64: shape } its type); an output's is inferred. */
function encodeValue(name, spec) {
  const integers = spec && 'int64' in spec
  const shape = integers ? spec.int64 : spec
  const dims = shape?.map((size) => message(1, [integer(1, size)]))
  const tensorType = [integer(1, integers ? INT64 : FLOAT), ...(dims ? [message(2, dims)] : [])]
  return [text(1, name), message(2, [message(1, tensorType)])]
}

const key = (field, wire) => varint((field << 3) | wire)
const integer = (field, value) => concat([key(field, 0), varint(value)])
const bytes = (field, content) => concat([key(field, 2), varint(content.length), content])
const text = (field, value) => bytes(field, new TextEncoder().encode(value))
const message = (field, parts) => bytes(field, concat(parts))

function varint(value) {
  const out = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    out.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest)
  return Uint8Array.from(out)
}

function concat(parts) {
  const result = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  parts.reduce((at, part) => (result.set(part, at), at + part.length), 0)
  return result
}
