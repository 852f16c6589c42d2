/** Reads a job's log as it grows, from where the last piece ended, over broken connections too. */
import { useEffect, useRef, useState } from 'react'
import { ApiError, call } from '../api/client'
import { logPath } from '../api/paths'
import { appended, emptyTail, type LogTail } from '../lib/log'

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
  useEffect(() => {
    const stop = new AbortController()
    if (kept.current.key !== key) {
      kept.current = { key, tail: emptyTail }
      setTail(emptyTail)
      setState('reading')
    }
    const add = (text: string, bytes: number) => {
      kept.current.tail = appended(kept.current.tail, text, bytes)
      setTail(kept.current.tail)
    }
    // One decoder for all pieces: a character may lie across two of them.
    void follow({ jobId, stream, ended, signal: stop.signal, decoder: new TextDecoder(), from: () => kept.current.tail.offset, add, setState })
    return () => stop.abort()
  }, [key, jobId, stream, ended])
  return { tail, state }
}

interface Following {
  jobId: string
  stream: 'stdout' | 'stderr'
  ended: boolean
  signal: AbortSignal
  decoder: TextDecoder
  from: () => number
  add: (text: string, bytes: number) => void
  setState: (state: LogState) => void
}

async function follow(to: Following): Promise<void> {
  while (!to.signal.aborted) {
    try {
      const before = to.from()
      await read(to)
      if (to.ended) return to.setState(to.from() > 0 ? 'ended' : 'none')
      to.setState('following')
      if (to.from() === before) await pause(1_000, to.signal)
    } catch (error) {
      if (to.signal.aborted) return
      const missing = error instanceof ApiError && error.status === 404
      to.setState(missing ? 'none' : 'lost')
      if (missing && to.ended) return
      await pause(3_000, to.signal)
    }
  }
}

/** One answer, piece by piece. */
async function read({ jobId, stream, ended, signal, decoder, from, add, setState }: Following): Promise<void> {
  const response = await call('GET', logPath(jobId, stream, from(), !ended), { signal })
  const reader = response.body?.getReader()
  if (!reader) return
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    add(decoder.decode(piece.value, { stream: true }), piece.value.length)
    if (!ended) setState('following')
  }
}
