// Bundles the compiled sources (build/js) into dist/: index.js carries the wasm inline; workerd.js and edge.js take it from core.wasm, because
// edge runtimes do not compile wasm from bytes. No runtime dependency is left; what only some users need is a chunk of its own.
import { copyFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import terser from '@rollup/plugin-terser'

const require = createRequire(import.meta.url)

/** Resolves packages that are bundled in; everything else is relative. */
const packages = {
  name: 'packages',
  resolveId: (id) => (id === '@assemblyscript/loader' ? require.resolve('@assemblyscript/loader').replace('umd/index.js', 'index.js') : null),
}

/** Files beside the bundle. */
const assets = {
  name: 'assets',
  async writeBundle() {
    await copyFile('build/core.wasm', 'dist/core.wasm')
  },
}

const onwarn = (warning, warn) => {
  if (warning.code === 'CIRCULAR_DEPENDENCY' && warning.message.includes('build/js/ops')) return // ops of one family refer to each other in their gradients
  warn(warning)
}

export default {
  input: { index: 'build/js/index.js' },
  output: { dir: 'dist', format: 'es', chunkFileNames: '[name].js', sourcemap: false },
  plugins: [packages, terser({ module: true }), assets],
  onwarn,
}
