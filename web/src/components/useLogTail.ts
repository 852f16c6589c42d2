/** Reads a job's log as it grows, from where the last piece ended, over broken connections too. */
import { useEffect, useRef, useState } from 'react'
import { ApiError, call } from '../api/client'
import { logPath } from '../api/paths'
import { appended, emptyTail, keptCharacters, type LogPiece, type LogTail } from '../lib/log'
import { useVisible } from './hooks'

export type LogState = 'reading' | 'following' | 'ended' | 'none' | 'lost'

const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      done()
    })
  })

export function useLogTail(jobId: string, stream: 'stdout' | 'stderr', ended: boolean): { tail: LogTail; state: LogState } {
  const [tail, setTail] = useState(emptyTail)
  const [state, setState] = useState<LogState>('reading')
  const kept = useRef({ key: '', tail: emptyTail })
  const key = `${jobId} ${stream}`
  // A browser has few connections to one host: a tab in the background keeps none waiting.
  const visible = useVisible()
  useEffect(() => {
    const stop = new AbortController()
    if (kept.current.key !== key) {
      kept.current = { key, tail: emptyTail }
      setTail(emptyTail)
      setState('reading')
    }
    if (!visible) return undefined
    const add = (piece: LogPiece) => {
      kept.current.tail = appended(kept.current.tail, piece)
      setTail(kept.current.tail)
    }
    void follow({ jobId, stream, ended, signal: stop.signal, from: () => kept.current.tail.offset, add, setState })
    return () => stop.abort()
  }, [key, jobId, stream, ended, visible])
  return { tail, state }
}

interface Following {
  jobId: string
  stream: 'stdout' | 'stderr'
  ended: boolean
  signal: AbortSignal
  from: () => number
  add: (piece: LogPiece) => void
  setState: (state: LogState) => void
}

async function follow(to: Following): Promise<void> {
  let asked = to.from() > 0
  while (!to.signal.aborted) {
    try {
      const before = to.from()
      to.add(await read(to, asked ? { offset: before, follow: !to.ended } : { tail: keptCharacters }))
      asked = true
      const more = to.from() > before
      if (to.ended && !more) return to.setState(before > 0 ? 'ended' : 'none')
      to.setState(to.ended ? 'reading' : 'following')
      // The server holds the answer until there is more; one that does not must not be asked without end.
      if (!more) await pause(1_000, to.signal)
    } catch (error) {
      if (to.signal.aborted) return
      const missing = error instanceof ApiError && error.status === 404
      to.setState(missing ? 'none' : 'lost')
      if (missing && to.ended) return
      await pause(3_000, to.signal)
    }
  }
}

/** One piece: at first the end of the log, then what came behind it. */
async function read({ jobId, stream, signal, from }: Following, place: Parameters<typeof logPath>[2]): Promise<LogPiece> {
  const response = await call('GET', logPath(jobId, stream, place), { signal })
  const number = (name: string) => Number(response.headers.get(name) ?? from())
  const text = await response.text()
  return { text, from: number('X-Offset'), next: number('X-Next-Offset'), truncated: response.headers.get('X-Truncated') === 'true' }
}
