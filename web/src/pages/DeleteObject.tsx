import { Modal, TextInput } from '@carbon/react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { remove } from '../api/client'
import { type Collection, objectPath } from '../api/paths'
import { ProblemView } from '../components/views'

interface Props {
  collection: Collection
  id: string
  etag: string | null
  name: string
  kind: string
  /** Where to go afterwards. */
  next?: string
  close: () => void
  /** What will follow. */
  children: ReactNode
}

/** Asks by the name of the thing before it is gone. */
export function DeleteObject({ collection, id, etag, name, kind, next, close, children }: Props) {
  const client = useQueryClient()
  const [typed, setTyped] = useState('')
  const drop = useMutation({
    mutationFn: () => remove(objectPath(collection, id), etag),
    onSuccess: () => {
      client.removeQueries({ queryKey: [collection, 'object', id] })
      void client.invalidateQueries({ queryKey: [collection] })
      close()
      if (next) window.location.hash = next
    },
  })
  return (
    <Modal
      open
      danger
      modalHeading={`Delete the ${kind} ${name}?`}
      modalAriaLabel={`Delete the ${kind}`}
      primaryButtonText="Delete"
      secondaryButtonText="Keep"
      primaryButtonDisabled={typed !== name || drop.isPending}
      selectorPrimaryFocus="#delete-name"
      onRequestClose={close}
      onRequestSubmit={() => drop.mutate()}
    >
      <div className="stack">
        <p>{children}</p>
        {drop.isError && <ProblemView error={drop.error} />}
        <TextInput id="delete-name" labelText={`Type ${name} to go on`} autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />
      </div>
    </Modal>
  )
}
