// Tables of results: ratios, then absolute figures.
import os from 'node:os'

export function printHead(peers, threads) {
  const { build } = peers.cornus?.info() ?? {}
  console.log(
    `\n${os.cpus()[0].model.trim()}, ${os.cpus().length} cores; Node ` +
      `${process.versions.node}${build ? `; cornus: ${build} build` : ''}; ${threads} thread${threads > 1 ? 's' : ''}`,
  )
  console.log(
    `load ${os.loadavg()[0].toFixed(1)}${os.loadavg()[0] > 0.5 ? ' (not a quiet machine: trust the ratios more than the figures)' : ''}\n`,
  )
}

export function printTables(results, names) {
  const others = names.filter((name) => name !== 'cornus')
  const ours = results.filter(({ ms }) => ms.cornus)
  if (ours.length) {
    console.log('How many times as long as cornus the others take (above 1: we are faster)\n')
    printTable(
      ['', ...others],
      ours.map(({ row, ms, failures }) => [
        row.name,
        ...others.map((name) => (ms[name] ? (ms[name] / ms.cornus).toPrecision(3) : failures[name] ? 'cannot' : '')),
      ]),
    )
  }
  const columns = ['cornus', ...others].filter((name) => results.some(({ ms, failures }) => ms[name] || failures[name]))
  console.log('\nAbsolute\n')
  printTable(
    ['', 'unit', ...columns],
    results.map(({ row, ms, failures }) => [
      row.name,
      row.unit,
      ...columns.map((name) => (ms[name] ? figure(row, ms, name) : failures[name] ? 'cannot' : '')),
    ]),
  )
  const reasons = results.flatMap(({ row, failures }) => Object.entries(failures).map(([name, why]) => `  ${name}: ${row.name}: ${why}`))
  if (reasons.length) console.log(`\nCannot\n${reasons.join('\n')}`)
}

/** Milliseconds, or work per time; a copy moves each float twice. */
function figure({ unit, work, copies }, ms, name) {
  const done = name === 'copy' ? 8 * copies : work
  return (unit === 'ms' ? ms[name] : done / (ms[name] * 1e6)).toPrecision(3)
}

export function printJson(results) {
  console.log(
    JSON.stringify({
      cpu: os.cpus()[0].model,
      cores: os.cpus().length,
      node: process.versions.node,
      rows: results.map(({ row: { name, unit, work }, ms, failures }) => ({ name, unit, work, ms, failures })),
    }),
  )
}

export function printTable(head, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)))
  const line = (row) => `| ${row.map((cell, i) => (i < 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
  console.log(
    [
      line(head),
      `|${widths.map((width, i) => (i < 1 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`,
      ...rows.map(line),
    ].join('\n'),
  )
}
