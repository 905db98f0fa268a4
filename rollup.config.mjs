// Bundles the compiled sources (build/js) into dist/: index.js (with cornus.js) carries the wasm inline; slim.js takes it from the
// user, workerd.js and edge.js
// from core.wasm, because edge runtimes do not compile wasm from bytes. No runtime dependency is left; what only some users need is a
// chunk of its own.
import { copyFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import terser from '@rollup/plugin-terser'

const require = createRequire(import.meta.url)

/** Resolves packages that are bundled in; everything else is relative. */
const packages = {
  name: 'packages',
  resolveId: (id) => {
    if (id === '@assemblyscript/loader') return require.resolve(id).replace('umd/index.js', 'index.js')
    return id === 'fflate' ? require.resolve(id).replace(/lib.*$/, 'esm/browser.js') : null
  },
}

/** Leaves the base64 out, and the import of core.wasm as it is. */
const withoutWasm = {
  name: 'without-wasm',
  resolveId: (id) => (id.startsWith('./core.wasm') ? { id, external: true } : null),
  load: (id) => (id.endsWith('generated/wasm.js') ? "export const simd = ''\nexport const relaxed = ''\n" : null),
}

/** Files beside the bundle. */
const assets = {
  name: 'assets',
  async writeBundle() {
    await copyFile('build/core.wasm', 'dist/core.wasm')
  },
}

// A circle of imports is an error: in which order its files run depends on who asks first.
const onwarn = (warning, warn) => {
  if (warning.code === 'CIRCULAR_DEPENDENCY') throw new Error(warning.message)
  warn(warning)
}

/** What an entry shares with its chunks is cornus.js (without wasm: cornus.slim.js). The digits hold no code: one file for all. */
const chunkName =
  (suffix) =>
  ({ name }) =>
    name === 'digits-data' ? '[name].js' : name === 'index' || name === 'slim' ? `cornus${suffix}.js` : `[name]${suffix}.js`
const output = (suffix) => ({ dir: 'dist', format: 'es', chunkFileNames: chunkName(suffix), sourcemap: false })
// Short lines: an engine prints the line that an uncaught error was thrown on, and a whole bundle is no help.
const minify = terser({
  module: true,
  compress: { join_vars: false },
  keep_classnames: /^CornusError$/,
  format: { semicolons: false, max_line_len: 300 },
})

export default [
  { input: { index: 'build/js/index.js' }, output: output(''), plugins: [packages, minify, assets], onwarn },
  {
    input: { slim: 'build/js/slim.js', workerd: 'build/js/workerd.js', edge: 'build/js/edge.js' },
    output: output('.slim'),
    plugins: [packages, withoutWasm, minify],
    onwarn,
  },
]
