/** A job's log as it is written: two streams, follow, search, download. */
import { Search } from '@carbon/react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { below, logPath } from '../../api/paths'
import type { Job } from '../../api/types'
import { type LogState, useLogTail } from '../../components/useLogTail'
import { Section } from '../../components/views'
import { firstStream, hasEnded } from '../../lib/job'
import { places } from '../../lib/log'

type Stream = 'stdout' | 'stderr'

const streams: [Stream, string][] = [['stdout', 'Standard output'], ['stderr', 'Standard error']]

const words: Record<LogState, string> = {
  reading: 'Reading the log.',
  following: 'New lines appear as they are written.',
  ended: 'This is the whole log.',
  none: 'Nothing was written here.',
  lost: 'The connection to the log is lost; it is tried again every three seconds.',
}

export function LogView({ job }: { job: Job }) {
  const [stream, setStream] = useState<Stream>(firstStream(job))
  const [following, setFollowing] = useState(true)
  const [word, setWord] = useState('')
  const [at, setAt] = useState(0)
  const ended = hasEnded(job)
  const { tail, state } = useLogTail(job.id, stream, ended)
  const found = useMemo(() => places(tail.text, word.trim()), [tail.text, word])
  const chosen = found.length > 0 ? at % found.length : 0
  const look = (next: string) => {
    setWord(next)
    setAt(0)
    if (next) setFollowing(false)
  }
  return (
    <Section title="Log">
      <div className="log-tools">
        <div className="facets" role="group" aria-label="Stream">
          {streams.map(([value, label]) => <button key={value} type="button" aria-pressed={value === stream} onClick={() => setStream(value)}>{label}</button>)}
        </div>
        <Search
          size="sm"
          className="log-search"
          labelText="Search the log"
          placeholder="Search; Enter goes on"
          value={word}
          onChange={(event) => look(event.target.value)}
          onClear={() => look('')}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            setAt(event.shiftKey ? chosen + found.length - 1 : chosen + 1)
          }}
        />
        {word.trim() !== '' && <span className="note" role="status">{found.length === 0 ? 'Not found' : `${chosen + 1} of ${found.length}`}</span>}
        <label className="log-follow"><input type="checkbox" checked={following} onChange={(event) => setFollowing(event.target.checked)} /> Follow</label>
        <a className="cds--link" href={below(logPath(job.id, stream, { raw: true }))} download={`${job.id}-${stream}.log`}>Download</a>
      </div>
      {tail.truncated && <p className="note">More was written than is kept: a part is missing. A line in the log says where, or the end is not there.</p>}
      {tail.cut && <p className="note">Earlier lines are left out here; the download has all that is kept.</p>}
      {tail.text !== '' && <Lines text={tail.text} found={found} length={word.trim().length} chosen={chosen} following={following} stop={() => setFollowing(false)} label={streams.find(([value]) => value === stream)![1]} />}
      <p className="note" role="status">{state === 'none' && !ended ? 'Nothing was written yet.' : state === 'ended' && tail.truncated ? 'This is what is kept of the log.' : words[state]}</p>
    </Section>
  )
}

interface LinesProps {
  text: string
  found: number[]
  length: number
  chosen: number
  following: boolean
  stop: () => void
  label: string
}

function Lines({ text, found, length, chosen, following, stop, label }: LinesProps) {
  const box = useRef<HTMLPreElement>(null)
  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [text, following])
  useEffect(() => {
    if (!following) box.current?.querySelector('[data-chosen]')?.scrollIntoView({ block: 'nearest' })
  }, [found, chosen, following])
  const scrolled = () => {
    const one = box.current
    if (following && one && one.scrollHeight - one.scrollTop - one.clientHeight > 80) stop()
  }
  return <pre ref={box} className="code scroll log" tabIndex={0} role="log" aria-live="off" aria-label={label} onScroll={scrolled}>{marked(text, found, length, chosen)}</pre>
}

function marked(text: string, found: number[], length: number, chosen: number): ReactNode {
  if (found.length === 0) return text
  const parts: ReactNode[] = []
  let from = 0
  found.forEach((at, index) => {
    parts.push(text.slice(from, at), <mark key={at} {...(index === chosen && { 'data-chosen': true })}>{text.slice(at, at + length)}</mark>)
    from = at + length
  })
  return [...parts, text.slice(from)]
}
