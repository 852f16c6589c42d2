/** Line and bar charts as SVG, each with the same numbers as a table. Series differ by dashes or hatching as well as by colour. */
import type { ReactNode } from 'react'
import { type BarFigure, csv, figure, type LineFigure, noNumber, type Series, stretches, ticks } from '../lib/results'

const width = 640
const height = 280
const plot = { left: 64, right: width - 16, top: 16, bottom: height - 48 }

interface Scale {
  to: (value: number) => number
  ticks: number[]
}

const finite = (values: Series['values']): number[] => values.filter((value): value is number => Number.isFinite(value))

function scale(values: Series['values'], from: number, until: number, withZero: boolean): Scale {
  const known = finite(values)
  const marks = ticks(Math.min(...known, ...(withZero ? [0] : [])), Math.max(...known, ...(withZero ? [0] : [])))
  const least = marks[0]!
  const most = marks.at(-1)!
  return { to: (value) => from + ((value - least) / (most - least)) * (until - from), ticks: marks }
}

/** At most so many labels fit below an axis. */
const sparse = (count: number, most: number): ((index: number) => boolean) => (index) => index % Math.ceil(count / most) === 0

function Frame({ figure: shown, children }: { figure: LineFigure | BarFigure; children: ReactNode }) {
  const rows = shown.labels.map((label, at) => [figure(label), ...shown.series.map((one) => (Number.isNaN(one.values[at]) ? '' : figure(one.values[at])))])
  const columns = [shown.x || 'Value', ...shown.series.map((one) => one.name)]
  const gaps = shown.series.flatMap((one) => one.values).filter((value) => value === null).length
  return (
    <figure className="chart">
      <figcaption>{shown.title}</figcaption>
      {shown.series.length > 1 && <Legend series={shown.series} line={shown.kind === 'line'} />}
      {children}
      {gaps > 0 && <p className="note">{gaps === 1 ? `A gap stands for one value that is ${noNumber}.` : `Gaps stand for ${gaps.toLocaleString('en')} values that are ${noNumber}.`}</p>}
      <details>
        <summary>As a table</summary>
        <DataTable label={shown.title} columns={columns} rows={rows} />
      </details>
    </figure>
  )
}

/** Plain numbers, with a way to take them along. */
export function DataTable({ label, columns, rows }: { label: string; columns: readonly string[]; rows: readonly (readonly string[])[] }) {
  const save = () => {
    const address = URL.createObjectURL(new Blob([csv(columns, rows)], { type: 'text/csv' }))
    const link = Object.assign(document.createElement('a'), { href: address, download: `${label}.csv` })
    link.click()
    URL.revokeObjectURL(address)
  }
  return (
    <>
      <div className="table-scroll data-table" role="region" aria-label={label} tabIndex={0}>
        <table className="plain-table" aria-label={label}>
          <thead><tr>{columns.map((column, at) => <th key={at} scope="col">{column}</th>)}</tr></thead>
          <tbody>{rows.map((row, at) => <tr key={at}>{row.map((cell, index) => (index === 0 ? <th key={index} scope="row">{cell}</th> : <td key={index}>{cell}</td>))}</tr>)}</tbody>
        </table>
      </div>
      <button type="button" className="cds--link link-button" onClick={save}>Save as CSV</button>
    </>
  )
}

function Legend({ series, line }: { series: Series[]; line: boolean }) {
  return (
    <ul className="chart-legend">
      {series.map((one, index) => (
        <li key={one.name}>
          <svg width="24" height="12" aria-hidden>{line ? <line className="chart-line" data-series={index % 5} x1="0" y1="6" x2="24" y2="6" /> : <rect className="chart-bar" data-series={index % 5} width="24" height="12" />}</svg>
          {one.name}
        </li>
      ))}
    </ul>
  )
}

function ValueAxis({ of, lying = false }: { of: Scale; lying?: boolean }) {
  return (
    <>
      {of.ticks.map((tick) => (lying ? (
        <g key={tick}>
          <line className="chart-grid" x1={of.to(tick)} x2={of.to(tick)} y1={plot.top} y2={plot.bottom} />
          <text x={of.to(tick)} y={plot.bottom + 16} textAnchor="middle">{figure(tick)}</text>
        </g>
      ) : (
        <g key={tick}>
          <line className="chart-grid" x1={plot.left} x2={plot.right} y1={of.to(tick)} y2={of.to(tick)} />
          <text x={plot.left - 8} y={of.to(tick) + 4} textAnchor="end">{figure(tick)}</text>
        </g>
      )))}
    </>
  )
}

function AxisNames({ below, beside }: { below: string; beside: string }) {
  return (
    <>
      <text x={(plot.left + plot.right) / 2} y={height - 8} textAnchor="middle">{below}</text>
      <text transform={`translate(14 ${(plot.top + plot.bottom) / 2}) rotate(-90)`} textAnchor="middle">{beside}</text>
    </>
  )
}

/** In words for those who do not see the picture. */
function summary(shown: LineFigure | BarFigure): string {
  const told = shown.series.map((one) => {
    const known = finite(one.values)
    return known.length === 0 ? `${one.name} without a number` : `${one.name} from ${figure(Math.min(...known))} to ${figure(Math.max(...known))}`
  })
  return `${shown.kind === 'line' ? 'Line' : 'Bar'} chart: ${told.join('; ')}. The table below has all values.`
}

export function LineChart({ figure: shown }: { figure: LineFigure }) {
  const numeric = shown.labels.every((label) => typeof label === 'number')
  const across = scale(numeric ? (shown.labels as number[]) : shown.labels.map((_, at) => at), plot.left, plot.right, false)
  const up = scale(shown.series.flatMap((one) => one.values), plot.bottom, plot.top, false)
  const x = (at: number) => across.to(numeric ? (shown.labels[at] as number) : at)
  const fits = sparse(shown.labels.length, 6)
  const point = (one: Series, place: number) => [x(place), up.to(one.values[place]!)] as const
  const path = (places: readonly number[], one: Series) => `M${places.map((place) => point(one, place).map((value) => value.toFixed(1)).join(',')).join(' L')}`
  return (
    <Frame figure={shown}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary(shown)}>
        <ValueAxis of={up} />
        {numeric
          ? across.ticks.map((tick) => <text key={tick} x={across.to(tick)} y={plot.bottom + 16} textAnchor="middle">{figure(tick)}</text>)
          : shown.labels.map((label, at) => fits(at) && <text key={at} x={x(at)} y={plot.bottom + 16} textAnchor="middle">{String(label).slice(0, 14)}</text>)}
        {shown.series.flatMap((one, index) => stretches(one.values).map((places) => {
          const [first] = places
          const key = `${one.name}${first}`
          if (places.length > 1) return <path key={key} className="chart-line" data-series={index % 5} d={path(places, one)}><title>{one.name}</title></path>
          const [cx, cy] = point(one, first!)
          return <circle key={key} className="chart-dot" data-series={index % 5} cx={cx} cy={cy} r={3}><title>{one.name}</title></circle>
        }))}
        <AxisNames below={shown.x} beside={shown.y} />
      </svg>
    </Frame>
  )
}

export function BarChart({ figure: shown }: { figure: BarFigure }) {
  const { rotated } = shown
  const up = scale(shown.series.flatMap((one) => one.values), rotated ? plot.left + 56 : plot.bottom, rotated ? plot.right : plot.top, true)
  const [from, until] = rotated ? [plot.top, plot.bottom] : [plot.left, plot.right]
  const room = (until - from) / shown.labels.length
  const thick = Math.min(40, (room * 0.75) / shown.series.length)
  const fits = sparse(shown.labels.length, rotated ? 14 : 10)
  const start = (at: number, index: number) => from + room * at + (room - thick * shown.series.length) / 2 + thick * index
  const longest = rotated ? 18 : Math.max(4, Math.floor((room * Math.ceil(shown.labels.length / 10)) / 7))
  return (
    <Frame figure={shown}>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary(shown)}>
        <ValueAxis of={up} lying={rotated} />
        {shown.labels.map((label, at) => fits(at) && (rotated
          ? <text key={at} x={plot.left + 48} y={from + room * (at + 0.5) + 4} textAnchor="end">{label.slice(0, longest)}</text>
          : <text key={at} x={from + room * (at + 0.5)} y={plot.bottom + 16} textAnchor="middle">{label.slice(0, longest)}</text>))}
        {shown.series.flatMap((one, index) => one.values.map((value, at) => {
          if (value === null || !Number.isFinite(value)) return null
          const [low, high] = [Math.min(up.to(0), up.to(value)), Math.max(up.to(0), up.to(value))]
          const box = rotated ? { x: low, y: start(at, index), width: high - low, height: thick } : { x: start(at, index), y: low, width: thick, height: high - low }
          return <rect key={`${one.name}${at}`} className="chart-bar" data-series={index % 5} {...box}><title>{`${shown.labels[at]}, ${one.name}: ${figure(value)}`}</title></rect>
        }))}
        <AxisNames below={rotated ? shown.y : shown.x} beside={rotated ? shown.x : shown.y} />
      </svg>
    </Frame>
  )
}
