// One wasm build out of the other: edits, as scripts/wasm-builds.mjs writes them.

/**
 * The bytes that `edits` make of `from`: (bytes to copy, bytes to leave out, bytes to put in, these bytes) again and again, numbers in
 * LEB128.
 */
export function patch(from: Uint8Array, edits: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(from.length + edits.length)
  let [at, read, written] = [0, 0, 0]
  const number = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = edits[at++]!
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < edits.length) {
    const copied = number()
    out.set(from.subarray(read, read + copied), written)
    read += copied + number()
    const put = number()
    out.set(edits.subarray(at, at + put), written + copied)
    at += put
    written += copied + put
  }
  return out.slice(0, written)
}
