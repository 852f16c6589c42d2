import { expect, it } from 'vitest'
import { curl, importCommands, listCommands, objectCommands, shellQuote } from './commands'

it('quotes for a shell so that nothing in a name is run', () => {
  expect(shellQuote('fraud-xgb')).toBe('fraud-xgb')
  expect(shellQuote("a'; rm -rf $HOME; '")).toBe(`'a'\\''; rm -rf $HOME; '\\'''`)
})
it('shows the same list as command and call', () => {
  const commands = listCommands('http://h:8080', 'jobs', '/model-manage/api/jobs', { filter: 'status:ERROR updated>7d', sort: ['created,desc'], page: 0, size: 20 })
  expect(commands.cli).toBe("slipway job list --filter 'status:ERROR updated>7d' --sort created,desc")
  expect(commands.curl).toBe(`curl -H "Authorization: Bearer $SLIPWAY_TOKEN" 'http://h:8080/model-manage/api/jobs?filter=status%3AERROR+updated%3E7d&sort=created%2Cdesc&page=0&size=20'`)
})
it('has no command line for what the command line does not know', () => {
  expect(objectCommands('http://h', 'auditRecords', '/x', '1').cli).toBeUndefined()
  expect(objectCommands('http://h', 'storedModels', '/x', '1').cli).toBe('slipway model show 1')
})
it('imports without keys on the line, and with the credential that was chosen', () => {
  expect(importCommands('http://h', '/i', { modelName: 'fraud', credentialId: '0198-a', region: 'us-east-2' }).cli).toBe('slipway model import fraud --credential 0198-a --region us-east-2')
  expect(importCommands('http://h', '/i', { modelName: 'fraud', region: 'us-east-2' }).cli).toBe('slipway model import fraud --region us-east-2')
  expect(importCommands('http://h', '/i', { modelName: 'fraud', deep: true }).cli).toBe('slipway model import fraud --deep')
  expect(curl('http://h', '/i', 'POST', { a: "it's" })).toContain(`-d '{"a":"it'\\''s"}'`)
})
