import { expect, test } from 'vitest'
import { csv, figures, noNumber, stretches, ticks } from './results'

test('a line graph has labels in order and gaps where a series has no point', () => {
  const [line] = figures({ roc_curve: { title: 'ROC', x_axis_label: 'FPR', y_axis_label: 'TPR', data: { model: [[1, 1], [0, 0]], chance: [[0.5, 0.5]] } } })
  expect(line).toEqual({ kind: 'line', title: 'ROC', x: 'FPR', y: 'TPR', labels: [0, 0.5, 1], series: [{ name: 'model', values: [0, NaN, 1] }, { name: 'chance', values: [NaN, 0.5, NaN] }] })
})

test('categories make it a bar graph', () => {
  expect(figures({ psi: { x_axis_label: 'feature', categories: ['age', 'fare'], rotated: true, data: { psi: [0.1, 0.3] } } })).toEqual([
    { kind: 'bar', title: 'Psi', x: 'feature', y: '', labels: ['age', 'fare'], series: [{ name: 'psi', values: [0.1, 0.3] }], rotated: true },
  ])
})

test('flat objects in an array are a table, single values come first, the rest stays readable', () => {
  const all = figures({ bias: [{ group: 'a', parity: 0.123456789 }, { group: 'b', odd: true }], auc: 0.91, counts: { rows: 1200 }, deep: { a: [1] }, broken: { data: { s: ['x'] } } })
  expect(all[0]).toEqual({ kind: 'facts', rows: [['auc', '0.91'], ['counts · rows', '1,200']] })
  expect(all[1]).toEqual({ kind: 'table', title: 'Bias', columns: ['group', 'parity', 'odd'], rows: [['a', '0.1234568', ''], ['b', '', 'true']] })
  expect(all.slice(2).map((one) => one.kind)).toEqual(['text', 'text'])
})

test('what a model could not measure is shown, and leaves a gap', () => {
  const all = figures({ auc: null, lift: { top: null }, bias: [{ group: 'a', parity: null }, { group: 'b' }], loss: { data: { train: [[0, 0.9], [1, null], [2, 'NaN'], [3, 0.4]], test: [[0, 1]] } }, psi: { categories: ['age', 'fare'], data: { psi: [null, 0.3] } } })
  expect(all[0]).toEqual({ kind: 'facts', rows: [['auc', noNumber], ['lift · top', noNumber]] })
  expect(all[1]).toMatchObject({ kind: 'table', rows: [['a', noNumber], ['b', '']] })
  expect(all[2]).toMatchObject({ kind: 'line', series: [{ values: [0.9, null, null, 0.4] }, { values: [1, NaN, NaN, NaN] }] })
  expect(all[3]).toMatchObject({ kind: 'bar', series: [{ values: [null, 0.3] }] })
  expect(stretches([0.9, null, null, 0.4, NaN, 0.5, null])).toEqual([[0], [3, 5]])
  expect(csv(['a'], [[noNumber]])).toBe('a\r\n')
})

test('axes end on round numbers', () => {
  expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(ticks(-3, 96)).toEqual([-20, 0, 20, 40, 60, 80, 100])
  expect(ticks(5, 5)).toEqual([5, 6])
  expect(ticks(NaN, NaN)).toEqual([0, 1])
})

test('values for a spreadsheet are quoted where they must be', () => {
  expect(csv(['a', 'b'], [['1', 'x,"y"']])).toBe('a,b\r\n1,"x,""y"""')
})
