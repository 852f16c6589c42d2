import { expect, it } from 'vitest'
import { addressFault, addressFaultOf, isS3Only, readSchema } from './assets'

it('reads a schema that was pasted, and one of a file under its name', () => {
  const text = '{"type": "record", "name": "Loan", "fields": []}'
  expect(readSchema({ name: '', text })).toEqual({ schema: { name: 'input.avsc', schemaDefinition: JSON.parse(text) } })
  expect(readSchema({ name: 'loan.avsc', text }).schema?.name).toBe('loan.avsc')
})
it('takes an empty field for none', () => {
  expect(readSchema({ name: 'loan.avsc', text: ' \n' })).toEqual({})
})
it.each([['{"type": ', /no JSON/], ['[1]', /JSON object/], ['"record"', /JSON object/], ['null', /JSON object/]])('says what is wrong with %s', (text, words) => {
  const { schema, fault } = readSchema({ name: '', text })
  expect(schema).toBeUndefined()
  expect(fault).toMatch(words)
})

it('takes test data of SageMaker from S3 alone', () => {
  expect(isS3Only('TEST_DATA', true)).toBe(true)
  expect(isS3Only('TEST_DATA', false)).toBe(false)
  expect(isS3Only('MODEL_DOCUMENTATION', true)).toBe(false)
  expect(addressFaultOf('hdfs:///x.csv', true)).toMatch(/s3:/)
  expect(addressFaultOf('s3://b/x.csv', true)).toBeUndefined()
  expect(addressFaultOf('hdfs:///x.csv', false)).toBeUndefined()
})

it('names every scheme that people write', () => {
  expect(addressFault('file:///data/x.csv')).toBeUndefined()
  for (const scheme of ['s3://', 'hdfs://', 'https://', 'file://']) expect(addressFault('x.csv')).toContain(scheme)
})
