// Distance in units of the last place, numbers of every binade, and functions of the normal distribution in float64.
const { abs, exp, floor, fround, log2, max, sign, sqrt } = Math

/** Series for small x, continued fraction for large: Abramowitz, Stegun 7.1.6, 7.1.14. */
export const erfSeries = (x: number) => {
  let term = x
  let sum = x
  for (let n = 1; term > sum * 1e-18; n++) sum += term *= (2 * x * x) / (2 * n + 1)
  return (sum * exp(-x * x) * 2) / sqrt(Math.PI)
}
export const erfcFraction = (x: number) => {
  let fraction = 0
  for (let n = 100; n > 0; n--) fraction = n / 2 / (x + fraction)
  return exp(-x * x) / sqrt(Math.PI) / (x + fraction)
}
export const erf = (x: number) => sign(x) * (abs(x) < 2.5 ? erfSeries(abs(x)) : 1 - erfcFraction(abs(x)))

/** 1 − erf x, also where it is small. */
export const erfc = (x: number): number => (x > 2.5 ? erfcFraction(x) : 1 - erf(x))

// ── distance in units of the last place ──

/** Spacing of float32 at y. */
export function ulp(y: number): number {
  const a = abs(y)
  let exponent = max(floor(log2(a)), -126)
  if (a < 2 ** exponent && exponent > -126) exponent--
  return 2 ** (exponent - 23)
}

/** What float32 cannot hold is as right as infinity, and as the largest number at a distance of its ULPs. */
export function ulps(got: number, want: number): number {
  if (Number.isNaN(want) || Number.isNaN(got)) return Number.isNaN(want) && Number.isNaN(got) ? 0 : Infinity
  if (got === want || (abs(got) === Infinity && fround(want) === got)) return 0
  if (!Number.isFinite(want)) return Infinity
  const near = Number.isFinite(got) ? got : sign(got) * 2 ** 128
  return abs(near - want) / ulp(Math.min(abs(want), 2 ** 127))
}

/** `samples` numbers in every binade, of both signs; the denormal ones and the ends of each binade among them. */
export function binades(limit = Infinity, samples = 150): Float32Array {
  const bits: number[] = []
  for (const negative of [0, 2 ** 31]) {
    for (let exponent = 0; exponent < 255; exponent++) {
      for (let i = 0; i < samples; i++)
        bits.push(negative + exponent * 2 ** 23 + (i === samples - 1 ? 2 ** 23 - 1 : floor(i ** 1.000173 * (2 ** 23 / samples))))
    }
  }
  return new Float32Array(Uint32Array.from(bits).buffer).filter((x) => abs(x) <= limit)
}
