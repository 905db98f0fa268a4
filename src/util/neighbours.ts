// Names that Keras, tfjs and PyTorch have for what is here, so that an error gives the line to write instead of "is not a function".
import { CornusError, didYouMean } from './errors'
import { plainName, snakeCase } from './names'

/** What to write instead, by another library's name. */
export type Translations = { readonly [name: string]: string }

const complain = (room: string, name: string, instead: string): never => {
  throw new CornusError('UNKNOWN_NAME', `there is no ${room}.${name}: ${instead}`)
}

/**
 * A room of factories or functions that meets names of other libraries and other spellings with what to write. Names that are like nothing here stay
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
 * Gives a class the names that other libraries have for its methods and properties: reading one throws an error with what to write. Keras's spellings of
 * its own names come by themselves. A subclass or an instance may have such names of its own.
 */
export function meetProperties(prototype: object, what: string, translations: Translations): void {
  const own = Object.getOwnPropertyNames(prototype).filter((name) => /^[a-z]+[A-Z]/.test(name))
  const spellings = Object.fromEntries(own.map((name) => [snakeCase(name), `write ${what}.${name}`]))
  for (const [name, instead] of Object.entries({ ...spellings, ...translations })) {
    if (name in prototype) continue
    Object.defineProperty(prototype, name, {
      configurable: true,
      get: () => complain(what, name, instead),
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
      },
    })
  }
}

/** A function under another library's name, which says what to write. */
export const meetFunction =
  (name: string, instead: string) =>
  (..._args: readonly unknown[]): never => {
    throw new CornusError('UNKNOWN_NAME', `there is no ${name}: ${instead}`)
  }
