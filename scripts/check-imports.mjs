// Fails if a file in src/ imports one that stands further right in the order of rooms (docs/architecture.md), if files import each other in
// a circle (types do not count: they are gone at run time), or if a package or `node:` module is imported.
import { readdir, readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Each room may import itself and what stands before it. Rooms in one row may not import each other, but for the pairs below. */
const order = [
  ['util'],
  ['generated'],
  ['graph'],
  ['plan'],
  ['runtime'],
  ['ops'],
  ['grad', 'seed'],
  ['tensor'],
  ['transform'],
  ['activations', 'initializers', 'regularizers', 'constraints', 'losses', 'metrics', 'optimizers', 'callbacks'],
  ['layers'],
  ['model'],
  ['data', 'text', 'image', 'evaluation', 'looking'],
  ['io'],
  ['rooms', 'looks', 'types'],
  ['selfCheck'],
  ['index'],
  ['slim', 'workerd', 'edge'],
]
const allowedPairs = new Set(['losses → activations', 'metrics → losses'])
const packages = new Set(['@assemblyscript/loader', 'fflate'])

const src = fileURLToPath(new URL('../src/', import.meta.url))
const files = (await readdir(src, { recursive: true }))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => file.replaceAll('\\', '/'))
const roomOf = (file) => file.split('/')[0].replace(/\.ts$/, '')
const rank = (room) => order.findIndex((row) => row.includes(room))

const wrong = []
/** What each file imports at run time. */
const imports = new Map(files.map((file) => [file, new Set()]))
const onlyTypes = (names) =>
  /^type\s/.test(names) ||
  (/^\{[^}]*\}$/.test(names) &&
    names
      .slice(1, -1)
      .split(',')
      .every((name) => /^\s*(type\s.*)?$/s.test(name)))
for (const file of files) {
  const text = await readFile(src + file, 'utf8')
  const room = roomOf(file)
  if (rank(room) < 0)
    wrong.push(`${file}: the room '${room}' is not in the order; add it to scripts/check-imports.mjs and docs/architecture.md`)
  for (const [, names, target] of text.matchAll(/^(?:import|export)\b([^'"]*?)from\s*['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm)) {
    if (!target) continue
    if (!target.startsWith('.')) {
      if (!packages.has(target)) wrong.push(`${file}: imports '${target}'`)
      continue
    }
    const path = posix.join(posix.dirname(file), target)
    const imported = [`${path}.ts`, `${path}/index.ts`].find((each) => imports.has(each))
    if (imported && !onlyTypes(names.trim())) imports.get(file).add(imported)
    const other = roomOf(path)
    const [here, there] = [rank(room), rank(other)]
    if (there > here || (there === here && other !== room && !allowedPairs.has(`${room} → ${other}`)))
      wrong.push(`${file}: imports '${target}' against the direction (${room} → ${other})`)
  }
}

/** Files on a way from one back to itself. */
const done = new Set()
function walk(file, way) {
  if (way.includes(file)) wrong.push(`a circle of imports: ${[...way.slice(way.indexOf(file)), file].join(' → ')}`)
  if (done.has(file) || way.includes(file)) return
  for (const next of imports.get(file)) walk(next, [...way, file])
  done.add(file)
}
for (const file of files) walk(file, [])

for (const line of wrong) console.error(line)
if (wrong.length) process.exit(1)
console.log(`imports: ${files.length} files, all in order`)
