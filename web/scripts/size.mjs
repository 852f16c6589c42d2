/** What a browser loads for the first page, gzipped, against the budget: `node scripts/size.mjs [FOLDER]`. Exits 1 above it. */
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const folder = process.argv[2] ?? new URL('../../build/web', import.meta.url).pathname
const budgets = { js: 240, css: 60 }
const html = readFileSync(`${folder}/index.html`, 'utf8')
const first = new Set([...html.matchAll(/(?:src|href)="(?:\.?\/)(assets\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path))
const kilobytes = (path) => gzipSync(readFileSync(`${folder}/${path}`), { level: 9 }).length / 1000
let failed = false
for (const [kind, budget] of Object.entries(budgets)) {
  const total = [...first].filter((path) => path.endsWith(`.${kind}`)).reduce((sum, path) => sum + kilobytes(path), 0)
  failed ||= total > budget || total === 0
  console.log(`first page ${kind}: ${total.toFixed(1)} kB gzipped, budget ${budget}${total > budget ? ' EXCEEDED' : total === 0 ? ': nothing was found' : ''}`)
}
const outside = readdirSync(`${folder}/assets`).filter((name) => /\.(js|css)$/.test(name)).filter((name) => /s81c\.com|fonts\.googleapis/.test(readFileSync(`${folder}/assets/${name}`, 'utf8')))
if (outside.length > 0) {
  failed = true
  console.log(`other hosts are named in ${outside.join(', ')}`)
}
process.exit(failed ? 1 : 0)
