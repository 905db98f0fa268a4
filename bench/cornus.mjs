// Our own side. Op rows time the compiled Program alone, with its operands resident, as a training step has them (on several threads also
// the
// wake-up and the copy of the result); model rows go through the public methods. Needs `npm run build`.
import { existsSync } from 'node:fs'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { contender } from './measure.mjs'

// The compiled sources import without file endings, for a bundler.
const source =
  `export const resolve = (name, context, next) => next(name.startsWith('.') && !name.endsWith('js') ? name + '.js' ` + ': name, context)'
export const resolver = `data:text/javascript,${encodeURIComponent(source)}`

const root = fileURLToPath(new URL('..', import.meta.url))
const built = new URL('../build/js/', import.meta.url)

export async function openCornus(threads) {
  if (!existsSync(new URL('index.js', built))) throw new Error('build/js is missing: run npm run build')
  register(resolver)
  const load = (path) => import(new URL(path, built).href)
  const cornus = await load('index.js')
  const { compileNodes, run, session } = await load('runtime/session.js')
  cornus.configure({ threads })

  /** fn(ops, ...tensors) → tensor, as one Program; the operands are variables, so that nothing is copied and nothing done in place. */
  function op(inputs, fn) {
    const variables = inputs.map(({ data, shape }) => cornus.variable(cornus.tensor(data, shape)))
    for (const variable of variables) variable.dataSync() // gives them their memory
    const { program, signature } = compileNodes([fn(cornus.ops, ...variables.map((variable) => variable.read()))], [])
    const { machine } = session
    const addresses = signature.storages.map(({ address }) => address)
    const alone = () => {
      machine.prepare(program, [], addresses)
      machine.runHere(program)
    }
    alone()
    machine.collect(program) // throws what the kernels complain about
    const step = threads === 1 ? alone : () => run({ program, signature }, [])
    return contender('cornus', step, () => machine.memory.free(program.at))
  }

  /** layers(factories) → training step or prediction on one batch. */
  function model(layers, { x, y, optimizer, needs }) {
    if (needs && !cornus.layers[needs]) throw new Error(`no ${needs} layer yet`)
    const net = cornus.sequential(layers(cornus.layers, {}))
    const input = cornus.tensor(x.data, x.shape)
    if (!y) return contender('cornus', () => net.predict(input, { batchSize: x.shape[0] }).data())
    const target = cornus.tensor(y.data, y.shape)
    net.compile({ optimizer, loss: 'categoricalCrossentropy' })
    return contender('cornus', () => net.trainOnBatch(input, target))
  }

  return { root, cornus, info: cornus.info, op, model }
}
