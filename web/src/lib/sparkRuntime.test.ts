import { expect, test } from 'vitest'
import type { Runtime } from '../api/types'
import { clusterFacts, whyNothingIsPicked } from './sparkRuntime'

const now = Date.parse('2026-11-25T10:10:00Z')
const runtime = { name: 'edge-1', engineType: 'SPARK_RUNTIME', state: 'ONLINE', lastContact: '2026-11-25T10:09:55Z' } as Runtime

test('a runtime that is heard of takes jobs', () => {
  expect(whyNothingIsPicked(runtime, now)).toBeUndefined()
})

test('the nearest reason is told', () => {
  expect(whyNothingIsPicked({ ...runtime, lastContact: '2026-11-25T10:07:00Z' }, now)).toContain('for 3 min')
  expect(whyNothingIsPicked({ ...runtime, state: 'OFFLINE', stateReason: 'The master at 7077 refuses connections.' }, now)).toBe('The master at 7077 refuses connections.')
  expect(whyNothingIsPicked({ ...runtime, stateReason: 'No free disk space: 3 MiB of 20.0 GiB are left for /data.' }, now)).toBe('No free disk space: 3 MiB of 20.0 GiB are left for /data.')
  expect(whyNothingIsPicked({ ...runtime, state: 'OFFLINE' }, now)).toContain('cluster')
  expect(whyNothingIsPicked({ ...runtime, state: 'REMOVED', stateReason: 'The master does not answer.' }, now)).toBe('The master does not answer. It has left; its jobs wait until it is back.')
  expect(whyNothingIsPicked({ ...runtime, state: 'INIT' }, now)).toContain('starting')
  const { lastContact: _, ...silent } = runtime
  expect(whyNothingIsPicked(silent as Runtime, now)).toContain('not heard of')
})

test('what is told of a cluster is shown, whatever it is', () => {
  expect(clusterFacts({ state: 'UP', master: 'spark://h:7077', executors: { alive: 2 }, haMode: true })).toEqual({
    state: 'UP', rows: [['Master', 'spark://h:7077'], ['Executors · Alive', '2'], ['Ha mode', 'Yes']],
  })
  expect(clusterFacts({ manager: 'standalone', status: 'ALIVE', aliveworkers: 2, memory: 2048 })).toEqual({ state: 'ALIVE', rows: [['Kind', 'standalone'], ['Workers alive', '2'], ['Memory', '2,048 MiB']] })
  expect(clusterFacts({ manager: 'yarn', master: 'yarn', deployMode: 'cluster', status: 'STARTED' }).rows).toEqual([['Kind', 'yarn'], ['Master', 'yarn'], ['Deploy mode', 'cluster']])
  expect(clusterFacts({ alive: false, manager: 'standalone' })).toEqual({ state: 'DOWN', rows: [['Kind', 'standalone']] })
  expect(clusterFacts(undefined)).toEqual({ rows: [] })
})
