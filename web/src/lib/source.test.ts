import { expect, it } from 'vitest'
import { assetsOf, readSource, roleOf, schemasOf, sourceDoubts, sourceFault } from './source'

const file = (path: string, text = '') => ({ path, bytes: new TextEncoder().encode(text) })
const titanic = readSource('titanic', [
  file('titanic.py', 'import helpers\n\n# modelop.score\ndef score(x): ...\n'), file('helpers.py', 'x = "# modelop.score"'), file('test.csv', 'a,b'), file('README.md'), file('input.avsc', '{"type":"record"}'), file('output.avsc', '{"type":"int"}'),
  file('.git/config'), file('lib/__pycache__/x.pyc'), file('model.pkl', '\u0000\u0001'),
])

it('finds the program that runs by its comments', () => {
  expect(titanic).toMatchObject({ name: 'titanic', primary: 'titanic.py', programs: ['helpers.py', 'titanic.py'] })
  expect(readSource('one', [file('a.py', 'pass')]).primary).toBe('a.py')
  expect(readSource('two', [file('a.py', '# modelop.score'), file('b.py', '# modelop.train')]).primary).toBeUndefined()
})
it('says what a job of it would stumble over', () => {
  expect(sourceDoubts(titanic, 'titanic.py')).toEqual([])
  const two = readSource('two', [file('a.py', '# modelop.score\ndef a(): ...\n# modelop.score\ndef b(): ...\n# modelop.train\ndef c(): ...\n'), file('b.py', '# modelop.train\n')])
  expect(sourceDoubts(two, 'a.py')).toEqual(['a.py has # modelop.score more than once: mark only the function that runs, else a job fails.', 'b.py has # modelop comments, too: only those of a.py count.'])
  expect(sourceDoubts(two, '')).toEqual([])
})
it('makes assets with their roles, the program first, and leaves out what is no part of a model', () => {
  const assets = assetsOf(titanic, 'titanic.py')
  expect(assets.map(({ name, assetRole }) => [name, assetRole])).toEqual([['titanic.py', 'MODEL_SOURCE'], ['helpers.py', 'MODEL_SOURCE'], ['model.pkl', 'WEIGHTS_FILE'], ['README.md', 'README_FILE'], ['test.csv', 'TEST_DATA']])
  expect(assets[0]).toMatchObject({ assetType: 'SOURCE_CODE', primaryModelSource: true, sourceCodeFilePath: 'titanic.py' })
  expect(assets[1]).not.toHaveProperty('primaryModelSource')
  expect(assets[2]).toMatchObject({ assetType: 'FILE', fileContent: 'AAE=' })
})
it('takes schemas apart', () => {
  expect(schemasOf(titanic)).toEqual({ inputSchema: [{ name: 'input.avsc', schemaDefinition: { type: 'record' } }], outputSchema: [{ name: 'output.avsc', schemaDefinition: { type: 'int' } }] })
  expect(() => schemasOf(readSource('x', [file('a.avsc', '{')]))).toThrow(SyntaxError)
})
it('says what is missing', () => {
  expect(sourceFault(undefined, '')).toContain('the program')
  expect(sourceFault(readSource('x', [file('a.csv')]), '')).toContain('no Python program')
  expect(sourceFault(readSource('x', [file('a.py'), file('b.py')]), '')).toContain('which program runs')
  expect(sourceFault(readSource('x', [file('a.py'), { path: 'big.bin', bytes: new Uint8Array(17 << 20) }]), 'a.py')).toContain('17.0 MiB')
  expect(sourceFault(titanic, 'titanic.py')).toBeUndefined()
})
it('takes a program as its first lines say it is written, and refuses what is no text', () => {
  const of = (text: string) => ({ path: 'lat.py', bytes: Uint8Array.from(text, (one) => one.charCodeAt(0)) })
  const latin = readSource('lat', [of('# coding: latin-1\nprint("\xe9")\n')])
  expect(sourceFault(latin, 'lat.py')).toBeUndefined()
  expect(assetsOf(latin, 'lat.py')[0]).toMatchObject({ sourceCode: '# coding: latin-1\nprint("é")\n' })
  expect(sourceFault(readSource('lat', [of('x = 1\nprint("\xe9")\n')]), 'lat.py')).toMatch(/^lat\.py cannot be read: line 2 is no UTF-8/)
})
it.each([['data/train.csv', 'TRAINING_DATA'], ['holdout.parquet', 'TEST_DATA'], ['requirements-dev.txt', 'REQUIRED_LIBRARIES'], ['rules.dmn', 'TEST_RESULT_COMPARATOR'], ['notes.md', 'MODEL_DOCUMENTATION'], ['x.yaml', 'UNKNOWN']])('%s is %s', (path, role) => expect(roleOf(path)).toBe(role))
