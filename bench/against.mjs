// npm run bench -- --against DIR: this checkout and another one in turns, row by row, and which differences are more than noise.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openApart } from './apart.mjs'
import { lows } from './measure.mjs'
import { printTable } from './report.mjs'
import { verdict } from './verdict.mjs'

export async function compare(rows, { against, threads, cpu, runs, json }) {
  const root = resolve(against)
  if (!existsSync(`${root}/build/js/index.js`)) throw new Error(`${root} is not built: run npm run build there`)
  const sides = [root, undefined].map((each) => openApart({ root: each, threads, cpu }))
  const results = []
  for (const row of rows.filter(({ cornus }) => cornus)) {
    if (process.stderr.isTTY) process.stderr.write(`\r${row.name}\x1b[K`)
    results.push({ name: row.name, ...(await compareRow(row, sides, runs)) })
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  for (const { close } of sides) close()
  if (json) console.log(JSON.stringify({ against: root, rows: results }))
  else print(root, results)
}

/** { theirs, ours, ratio, noise }, times in ms; or why a side cannot. */
async function compareRow({ name }, sides, runs) {
  const contenders = []
  try {
    for (const side of sides) contenders.push(await side.make(name))
    const found = await lows(contenders, runs)
    return verdict(contenders.map((one) => found.get(one).map((ms) => ms / one.as)))
  } catch (error) {
    return { failure: error.message.split('\n')[0] }
  } finally {
    for (const { close } of contenders) await close().catch(() => undefined)
  }
}

function print(root, results) {
  console.log(`\nThis checkout against ${root}: times in ms, ratio (above 1: slower than there), and the noise of this run\n`)
  const measured = results.filter(({ failure }) => !failure)
  printTable(
    ['', 'there', 'here', 'ratio', '±', ''],
    measured.map(({ name, theirs, ours, ratio, noise, verdict: word }) => [
      name,
      theirs.toPrecision(3),
      ours.toPrecision(3),
      ratio.toFixed(3),
      `${(100 * Math.min(noise, 9.99)).toFixed(0)} %`,
      word === 'same' ? '' : word,
    ]),
  )
  const counted = (word) => measured.filter((each) => each.verdict === word).length
  console.log(`\n${counted('slower')} slower, ${counted('faster')} faster, ${counted('same')} the same within the noise`)
  const failed = results.filter(({ failure }) => failure)
  if (failed.length) console.log(`\nCannot\n${failed.map(({ name, failure }) => `  ${name}: ${failure}`).join('\n')}`)
}
