import { expect, it } from 'vitest'
import { rowsOf } from './aws'

it("tells AWS's settings in people's words", () => {
  expect(rowsOf({ EnableCapture: true, InitialSamplingPercentage: 20, DestinationS3Uri: 's3://b/c/', CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }] })).toEqual([
    ['Captured', 'Yes'], ['Share of requests', '20 %'], ['Written to', 's3://b/c/'], ['What is captured', 'requests and answers'],
  ])
})
it('shows what it has no word for by its name, with its place', () => {
  expect(rowsOf({ SomeThing: { InnerURL: 'x' }, Lists: ['a', 'b'] })).toEqual([['Some thing · Inner URL', 'x'], ['Lists', 'a, b']])
  expect(rowsOf({ MonitoringScheduleConfig: { ScheduleConfig: { ScheduleExpression: 'cron(0 * ? * * *)' } } })).toEqual([['When', 'cron(0 * ? * * *)']])
})
