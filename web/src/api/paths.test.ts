import { expect, it } from 'vitest'
import { below, prefixOf } from './paths'

it.each([
  ['http://127.0.0.1:8080/', ''], ['https://moc.bank.example/gw/', '/gw'], ['https://moc.bank.example/gw/index.html#/jobs/a/b', '/gw'], ['https://h/a/b/?x=/c/#/models', '/a/b'],
])('%s stands below "%s"', (address, prefix) => expect(prefixOf(address)).toBe(prefix))
it('at the root addresses stay as they are', () => expect(below('/model-manage/api/jobs')).toBe('/model-manage/api/jobs'))
