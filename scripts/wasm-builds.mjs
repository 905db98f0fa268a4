// The strict build out of the relaxed one, and their differences in few bytes: a page gets both for little more than one.
import binaryen from 'binaryen'

/** The same module without fused multiply-add: a · b + c in two operations, as assembly/simd.ts defines it. */
export function strictBuild(relaxed) {
  const module = binaryen.readBinary(relaxed)
  const strict = binaryen.parseText(split(module.emitText()))
  strict.setFeatures(binaryen.Features.All & ~binaryen.Features.RelaxedSIMD)
  if (!strict.validate()) throw new Error('the strict build is not valid')
  return strict.emitBinary()
}

/** (f32x4.relaxed_madd a b c) as (f32x4.add (f32x4.mul a b) c), from the inside out. */
function split(text) {
  const NAME = '(f32x4.relaxed_madd'
  for (let at; (at = text.lastIndexOf(NAME)) >= 0; ) {
    const a = text.indexOf('(', at + NAME.length),
      b = text.indexOf('(', closing(text, a)),
      c = text.indexOf('(', closing(text, b))
    text = `${text.slice(0, at)}(f32x4.add (f32x4.mul ${text.slice(a, closing(text, b))}) ${text.slice(c)}`
  }
  return text
}

/** Index after the parenthesis that closes the one at `at`. */
function closing(text, at) {
  for (let depth = 0; ; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at + 1
  }
}

const NEAR = 400

/** `to` as edits of `from`: (bytes to copy, bytes to leave out, bytes to put in, these bytes) again and again, numbers in LEB128. */
export function differences(from, to) {
  const out = []
  const number = (n) => {
    for (; n > 127; n >>>= 7) out.push((n & 127) | 128)
    out.push(n)
  }
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const start = i
    for (; i < from.length && from[i] === to[j]; i++) j++
    number(i - start)
    const { skip, put } = nextMatch(from, to, i, j)
    number(skip)
    number(put)
    out.push(...to.subarray(j, j + put))
    i += skip
    j += put
  }
  return Uint8Array.from(out)
}

/** The nearest place where both go on alike, for longer the further away it is. */
function nextMatch(from, to, i, j) {
  for (let sum = 1; sum < NEAR; sum++) {
    for (let put = 0; put <= sum; put++) {
      const skip = sum - put,
        enough = Math.min(8, 2 + (sum >> 1))
      let same = 0
      while (same < enough && i + skip + same < from.length && from[i + skip + same] === to[j + put + same]) same++
      if (same === enough) return { skip, put }
    }
  }
  return { skip: from.length - i, put: to.length - j }
}
