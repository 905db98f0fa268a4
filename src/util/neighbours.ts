// Names that Keras, tfjs and PyTorch have for what is here, so that an error gives the line to write instead of "is not a function".
import { check, CornusError, didYouMean, showValue } from './errors'
import { plainName, snakeCase } from './names'

/** What to write instead, by another library's name. */
export type Translations = { readonly [name: string]: string }

const complain = (room: string, name: string, instead: string): never => {
  throw new CornusError('UNKNOWN_NAME', `there is no ${room}.${name}: ${instead}`)
}

/**
 * A room of factories or functions that meets names of other libraries and other spellings with what to write. Names that are like nothing
 * here stay
 * undefined, as in any object.
 */
export function meetNames<T extends object>(names: T, room: string, translations: Translations = {}): T {
  const known = Object.keys(names)
  return new Proxy(names, {
    get(target, name) {
      if (typeof name === 'symbol' || Reflect.has(target, name)) return Reflect.get(target, name) as unknown
      const instead = Object.hasOwn(translations, name) ? translations[name] : undefined
      const same = known.find((each) => plainName(each) === plainName(name))
      if (instead ?? same) return complain(room, name, `write ${instead ?? `${room}.${same}`}`)
      const near = /^[A-Za-z]\w{3,}$/.test(name) && name !== 'then' && name !== 'toJSON' ? didYouMean(name, known) : ''
      return near ? complain(room, name, near.slice(2)) : undefined
    },
  })
}

/**
 * Gives a class the names that other libraries have for its methods and properties: reading one throws an error with what to write. Keras's
 * spellings of
 * its own names come by themselves. A subclass or an instance may have such names of its own, unless to set one were a mistake (`sealed`).
 */
export function meetProperties(prototype: object, what: string, translations: Translations, sealed: Translations = {}): void {
  const own = Object.getOwnPropertyNames(prototype).filter((name) => /^[a-z]+[A-Z]/.test(name))
  const spellings = Object.fromEntries(own.map((name) => [snakeCase(name), `write ${what}.${name}`]))
  for (const [name, instead] of Object.entries({ ...spellings, ...translations, ...sealed })) {
    if (name in prototype) continue
    Object.defineProperty(prototype, name, {
      configurable: true,
      get: () => complain(what, name, instead),
      set(this: object, value: unknown) {
        if (Object.hasOwn(sealed, name)) complain(what, name, instead)
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
      },
    })
  }
}

/** Factories that take one object of options: a second value is not lost in silence. */
export function oneArgument<T extends object>(factories: T, room: string, others: readonly string[]): T {
  const entries = Object.entries(factories).map(([name, make]: [string, unknown]) => {
    if (typeof make !== 'function' || others.includes(name)) return [name, make] as const
    const one = (...given: readonly unknown[]): unknown => {
      check(
        given.length < 2,
        'BAD_ARGUMENT',
        () =>
          `${room}.${name} takes one object, and a second value, ${showValue(given[1])}, was given; ` +
          `name each option, as in layers.dense({ units: 10, activation: 'relu' })`,
      )
      return make(...given) as unknown
    }
    return [name, Object.defineProperty(one, 'name', { value: name })] as const
  })
  return Object.fromEntries(entries) as T
}

/** A function under another library's name, which says what to write. */
export const meetFunction =
  (name: string, instead: string) =>
  (..._args: readonly unknown[]): never => {
    throw new CornusError('UNKNOWN_NAME', `there is no ${name}: ${instead}`)
  }
