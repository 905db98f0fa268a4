// How things look in a console: short, and what is useful of them.

/** The method that console.log of Node, Deno and Bun calls. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as typeof INSPECT

/** A number, or several of one metric, in progress lines and histories: four digits, small and great ones with an exponent. */
export const showNumber = (value: number | readonly number[]): string =>
  typeof value === 'number' ? short(value) : `[${value.map(short).join(', ')}]`

const short = (value: number): string =>
  Number.isFinite(value) && value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(4) : value.toFixed(4)

/** A part as it is made: Adam { learningRate: 0.001 }. */
export const showPart = (className: string, config: { readonly [option: string]: unknown }): string => {
  const options = Object.entries(config)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
  return options.length ? `${className} { ${options.join(', ')} }` : className
}

/** Says how instances of a class look; one that cannot be told in the moment shows its class. */
export function looksLike<T extends object>(prototype: T, show: (self: T) => string): void {
  Object.defineProperty(prototype, INSPECT, {
    configurable: true,
    writable: true,
    value(this: T): string {
      try {
        return show(this)
      } catch {
        return this.constructor.name
      }
    },
  })
}
