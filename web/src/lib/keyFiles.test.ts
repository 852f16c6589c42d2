import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ends, folders, isPrivateKey, names, secretReason } from './keyFiles'
import { readSource } from './source'

const commandLine = readFileSync(new URL('../../../src/apps/cli/key_files.cpp', import.meta.url), 'utf8')
const listOf = (constant: string) => [...(new RegExp(`${constant}\\{([^}]*)\\}`).exec(commandLine)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, text]) => text)

it.each([['kNames', names], ['kEnds', ends], ['kFolders', folders]] as const)('knows the same as %s of the command line, in its words', (constant, own) => {
  expect(own).toEqual(listOf(constant))
  expect(own.length).toBeGreaterThan(5)
  expect(commandLine).toContain(`"${secretReason('.env')}"`)
})
it.each(['id_rsa', 'conf/ID_ED25519', 'tls.pem', 'server.KEY', 'svc.keytab', 'a/store.p12', '.env', '.env.prod', 'krb5cc_0', '.aws', 'x/.aws/config', '.config/gcloud/key.json'])('%s stays', (path) => expect(secretReason(path)).toContain('credentials'))
it.each(['score.py', 'keys.csv', 'pem.json', 'environment.yml', 'my.aws/x', 'gcloud/x.json'])('%s is taken', (path) => expect(secretReason(path)).toBe(''))
it('finds a private key behind certificates, and none in what only speaks of one', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const chain = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(6000)}\n-----END CERTIFICATE-----\n`
  expect(isPrivateKey(bytes(`${chain}-----BEGIN RSA PRIVATE KEY-----\nx`))).toBe(true)
  expect(isPrivateKey(bytes('{"key":"-----BEGIN PRIVATE KEY-----\\nx"}'))).toBe(true)
  expect(isPrivateKey(bytes(chain))).toBe(false)
  expect(isPrivateKey(bytes('-----BEGIN \nPRIVATE KEY'))).toBe(false)
})
it('leaves keys, hidden files and caches of a folder where they are, and tells each with its reason', () => {
  const file = (path: string, text = 'x') => ({ path, bytes: new TextEncoder().encode(text) })
  const pem = '-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n'
  const found = readSource('churn', [
    file('score.py', `# modelop.score\ndef f(): ...\nx = '''${pem}'''\n`), file('id_rsa', pem), file('conf.txt', pem), file('lib/.aws/credentials'), file('lib/.aws/config'), file('lib/__pycache__/x.pyc'), file('.git/config'), file('.hidden'), file('test.csv'),
  ])
  expect(found.files.map(({ path }) => path)).toEqual(['score.py', 'test.csv'])
  const keys = secretReason('.env')
  const cache = 'it is a cache or an environment of Python or Node.js'
  expect(found.leftOut).toEqual([
    { path: '.git/', reason: 'it is hidden', key: false }, { path: '.hidden', reason: 'it is hidden', key: false }, { path: 'conf.txt', reason: 'it has a private key in it', key: true }, { path: 'id_rsa', reason: keys, key: true },
    { path: 'lib/__pycache__/', reason: cache, key: false }, { path: 'lib/.aws/', reason: keys, key: true },
  ])
})
