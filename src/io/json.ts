// JSON of files: bounded in depth, without keys that objects already have a meaning for.
import { badFile, utf8 } from './source'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const MAX_DEPTH = 200

/** The value, or an error that says where the text is wrong. */
export function parseJson(bytes: Uint8Array, file: { readonly name: string }): Json {
  const text = utf8(bytes, file)
  if (depthOf(text) > MAX_DEPTH) throw badFile(file, `its JSON is nested more than ${MAX_DEPTH} deep`)
  try {
    return JSON.parse(text, (key, value: Json) => {
      if (key === '__proto__') throw badFile(file, "its JSON has a key '__proto__'")
      return value
    }) as Json
  } catch (error) {
    if (error instanceof SyntaxError) throw badFile(file, `is not valid JSON: ${error.message}`, error)
    throw error
  }
}

/** How deep brackets stand in each other, outside of strings. */
function depthOf(text: string): number {
  let [depth, most] = [0, 0]
  for (const [bracket] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (bracket === '[' || bracket === '{') most = Math.max(most, ++depth)
    else if (bracket === ']' || bracket === '}') depth--
  }
  return most
}

export const isObject = (x: Json | undefined): x is { readonly [key: string]: Json } =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

/** Whether the first bytes of a file are those of a JSON object; a safetensors file may begin with the same letter, and has zeros soon. */
export const isJson = (head: Uint8Array): boolean => !head.includes(0) && /^\s*\{/.test(new TextDecoder().decode(head))
