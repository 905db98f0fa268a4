// Moves the v128 constants of loops into locals set before the outermost loop. V8 builds such a constant anew at each use, in several
// instructions; and a local takes 2 bytes where the constant takes 18. Zero is a local that is never set: one value for all, which engines
// that pair vectors need.
import binaryen from 'binaryen'

/** The same module, with constants hoisted. */
export function hoistConstants(bytes) {
  const module = binaryen.readBinary(bytes)
  module.setFeatures(binaryen.Features.All)
  const hoisted = binaryen.parseText(
    module
      .emitText()
      .split(/\n(?= \(func )/)
      .map(hoistInFunction)
      .join('\n'),
  )
  hoisted.setFeatures(binaryen.Features.All)
  if (!hoisted.validate()) throw new Error('hoisting constants made an invalid module')
  return hoisted.emitBinary()
}

/** `text` is one function as binaryen prints it, locals first, one a line. */
function hoistInFunction(text) {
  const locals = new Map()
  let done = '',
    rest = text
  for (let at; (at = rest.indexOf('(loop')) >= 0; ) {
    const end = closing(rest, at),
      used = new Set(),
      inner = rest.slice(at, end)
    const body = inner.replace(/\(v128\.const [^)]*\)/g, (constant) => {
      if (!locals.has(constant)) locals.set(constant, `$constant${locals.size}`)
      used.add(constant)
      return `(local.get ${locals.get(constant)})`
    })
    // A local that is never set is zero.
    const sets = [...used]
      .filter((constant) => !isZero(constant))
      .map((constant) => `(local.set ${locals.get(constant)} ${shortest(constant)})`)
    done += rest.slice(0, at) + (sets.length ? `(block ${sets.join(' ')} ${body})` : body)
    rest = rest.slice(end)
  }
  const lines = (done + rest).split('\n')
  const first = lines.findIndex((line, i) => i > 0 && !/^\s*\(local /.test(line))
  lines.splice(first, 0, ...[...locals.values()].map((name) => `(local ${name} v128)`))
  return lines.join('\n')
}

function isZero(constant) {
  return /^\(v128\.const \w+( 0x0+)+\)$/.test(constant)
}

/** Index after the parenthesis that closes the one at `at`. */
function closing(text, at) {
  for (let depth = 0; ; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return at + 1
  }
}

/** The shortest code for a constant: a splat where lanes repeat. */
function shortest(constant) {
  const [a, b, c, d] = constant.match(/0x[0-9a-f]+/g)
  if (a === b && b === c && c === d) return `(i32x4.splat (i32.const ${a}))`
  return a === c && b === d ? `(i64x2.splat (i64.const 0x${b.slice(2)}${a.slice(2).padStart(8, '0')}))` : constant
}
