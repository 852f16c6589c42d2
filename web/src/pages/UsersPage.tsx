/** People and machines that may sign in. */
import { Button, Checkbox, Modal } from '@carbon/react'
import { Add } from '@carbon/react/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { getVersioned, send } from '../api/client'
import { keyKeeper } from '../api/keys'
import { home, objectPath, registry } from '../api/paths'
import { listQuery, sessionQuery } from '../api/queries'
import type { Client, ClientCreated, User } from '../api/types'
import { PasswordField, TextField } from '../components/fields'
import type { ListColumn } from '../components/ListView'
import { Refusable } from '../components/Refusable'
import { RelatedTable } from '../components/RelatedTable'
import { Ago, Mono, Tags } from '../components/text'
import { Note, Page, ProblemView, Section } from '../components/views'
import { curl } from '../lib/commands'
import { fieldErrors } from '../lib/problems'
import { joinWords, sameWords, splitWords } from '../lib/words'
import { DeleteObject } from './DeleteObject'

type Dialog = { kind: 'add-user' | 'add-client' } | { kind: 'edit'; user: User; etag: string | null } | { kind: 'delete'; collection: 'users' | 'clients'; id: string; name: string; etag: string | null }

function common<T extends User | Client>(): ListColumn<T>[] {
  return [
    { id: 'groups', header: 'Groups', cell: (one) => <Tags tags={one.groups} /> },
    { id: 'admin', header: 'Administrator', cell: (one) => (one.admin ? 'Yes' : 'No') },
    { id: 'lastSignIn', header: 'Last sign-in', cell: (one) => (one.lastSignIn ? <Ago at={one.lastSignIn} /> : 'Never') },
  ]
}

const forAdministrators = 'Only an administrator may see and change who signs in.'

const keptElsewhere = 'People and machines are kept by the identity provider: make and change them there.'

export function UsersPage() {
  const { data: session } = useQuery(sessionQuery)
  if (session?.admin) return <Administration />
  return (
    <Page title="Users and clients" actions={<><Refusable kind="tertiary" renderIcon={Add} refusal={forAdministrators}>Add client</Refusable><Refusable renderIcon={Add} refusal={forAdministrators}>Add user</Refusable></>}>
      <Note tone="info" title="This page is for administrators"><p>{forAdministrators} Your own groups stand in the menu at the top right.</p></Note>
    </Page>
  )
}

function Administration() {
  const [dialog, setDialog] = useState<Dialog>()
  const { data: session } = useQuery(sessionQuery)
  const refusal = session?.mode === 'oauth2' ? keptElsewhere : undefined
  const users = useQuery(listQuery<User>('users', { size: 500, sort: 'username' }))
  const clients = useQuery(listQuery<Client>('clients', { size: 500, sort: 'clientId' }))
  const open = async (kind: 'edit' | 'delete', collection: 'users' | 'clients', id: string, name: string) => {
    const { data, etag } = await getVersioned<User>(objectPath(collection, id))
    setDialog(kind === 'edit' ? { kind, user: data, etag } : { kind, collection, id, name, etag })
  }
  const close = () => setDialog(undefined)
  const userColumns: ListColumn<User>[] = [
    { id: 'name', header: 'User', cell: (user) => user.username },
    ...common<User>(),
    { id: 'actions', header: 'Actions', cell: (user) => (
      <span className="row">
        {!refusal && <Button size="sm" kind="ghost" onClick={() => void open('edit', 'users', user.id, user.username)} aria-label={`Change ${user.username}`}>Change</Button>}
        <Button size="sm" kind="danger--ghost" onClick={() => void open('delete', 'users', user.id, user.username)} aria-label={`Delete ${user.username}`}>Delete</Button>
      </span>
    ) },
  ]
  const clientColumns: ListColumn<Client>[] = [
    { id: 'name', header: 'Client', cell: (client) => client.clientId },
    ...common<Client>(),
    { id: 'actions', header: 'Actions', cell: (client) => <Button size="sm" kind="danger--ghost" onClick={() => void open('delete', 'clients', client.id, client.clientId)} aria-label={`Delete ${client.clientId}`}>Delete</Button> },
  ]
  const only = ['name', 'groups', 'admin', 'lastSignIn', 'actions']
  return (
    <Page
      title="Users and clients"
      actions={<><Refusable kind="tertiary" renderIcon={Add} refusal={refusal} onClick={() => setDialog({ kind: 'add-client' })}>Add client</Refusable><Refusable renderIcon={Add} refusal={refusal} onClick={() => setDialog({ kind: 'add-user' })}>Add user</Refusable></>}
      commands={{ cli: 'slipway user list', curl: curl(home, `${registry}/users?size=500&sort=username`) }}
    >
      {refusal && <Note tone="info" title="People come from the identity provider"><p>Who signs in, and with which groups, is settled there; machines are named in <code className="mono">security.oauth2.clients</code>. Below stand accounts of before, none of which can sign in.</p></Note>}
      <Section title="Users"><RelatedTable label="Users" query={users} columns={userColumns} only={only} nothing={refusal ? 'No user of before.' : 'No user yet.'} /></Section>
      <Section title="Machine clients"><RelatedTable label="Machine clients" query={clients} columns={clientColumns} only={only} nothing={refusal ? 'No machine client of before.' : 'No machine client yet. Scripts and runtimes sign in as one.'} /></Section>
      {dialog?.kind === 'add-user' && <UserDialog close={close} />}
      {dialog?.kind === 'edit' && <UserDialog user={dialog.user} etag={dialog.etag} close={close} />}
      {dialog?.kind === 'add-client' && <ClientDialog close={close} />}
      {dialog?.kind === 'delete' && (
        <DeleteObject collection={dialog.collection} id={dialog.id} etag={dialog.etag} name={dialog.name} kind={dialog.collection === 'users' ? 'user' : 'machine client'} close={close}>
          Sessions and tokens end at once. What was made under this name stays, with the name on it.
        </DeleteObject>
      )}
    </Page>
  )
}

function UserDialog({ user, etag, close }: { user?: User; etag?: string | null; close: () => void }) {
  const client = useQueryClient()
  const [username, setUsername] = useState(user?.username ?? '')
  const [password, setPassword] = useState('')
  const [groups, setGroups] = useState(joinWords(user?.groups ?? []))
  const [admin, setAdmin] = useState(user?.admin ?? false)
  const [wishes] = useState(keyKeeper)
  const save = useMutation({
    mutationFn: () => {
      const wanted = splitWords(groups)
      if (user) {
        const body = { ...(!sameWords(wanted, user.groups) && { groups: wanted }), ...(admin !== user.admin && { admin }), ...(password && { password }) }
        return send<User>('PATCH', objectPath('users', user.id), { body, ifMatch: etag ?? null })
      }
      const body = { username, password, groups: wanted, admin }
      return send<User>('POST', `${registry}/users`, { body, idempotencyKey: wishes.of(body) })
    },
    onSettled: (_, error) => wishes.settled(error),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['users'] })
      close()
    },
  })
  const faults = save.isError ? fieldErrors(save.error) : {}
  const ready = user ? true : username !== '' && password.length >= 8
  return (
    <Modal open modalHeading={user ? `Change ${user.username}` : 'Add user'} modalAriaLabel={user ? 'Change user' : 'Add user'} primaryButtonText={user ? 'Save' : 'Add'} secondaryButtonText="Cancel" primaryButtonDisabled={!ready || save.isPending} selectorPrimaryFocus={user ? '#user-groups' : '#user-name'} onRequestClose={close} onRequestSubmit={() => save.mutate()}>
      <div className="stack">
        {save.isError && <ProblemView error={save.error} />}
        {!user && <TextField id="user-name" labelText="Username" autoComplete="off" value={username} invalid={'/username' in faults} invalidText={faults['/username']} onChange={(event) => setUsername(event.target.value)} />}
        <PasswordField id="user-password" labelText={user ? 'New password' : 'Password'} helperText={user ? 'Left empty, it stays as it is' : 'At least 8 characters'} autoComplete="new-password" value={password} invalid={'/password' in faults} invalidText={faults['/password']} onChange={(event) => setPassword(event.target.value)} />
        <TextField id="user-groups" labelText="Groups" helperText="Separated by commas. Without a group there is nothing to see." value={groups} invalid={'/groups' in faults} invalidText={faults['/groups']} onChange={(event) => setGroups(event.target.value)} />
        <Checkbox id="user-admin" labelText="Administrator: sees and may do everything" checked={admin} onChange={(_, { checked }) => setAdmin(checked)} />
      </div>
    </Modal>
  )
}

function ClientDialog({ close }: { close: () => void }) {
  const client = useQueryClient()
  const [clientId, setClientId] = useState('')
  const [groups, setGroups] = useState('')
  const [admin, setAdmin] = useState(false)
  const add = useMutation({
    mutationFn: () => send<ClientCreated>('POST', `${registry}/clients`, { body: { clientId, groups: splitWords(groups), admin } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['clients'] }),
  })
  const secret = add.data?.data.clientSecret
  const faults = add.isError ? fieldErrors(add.error) : {}
  if (secret) {
    return (
      <Modal open passiveModal preventCloseOnClickOutside modalHeading={`The secret of ${clientId}`} modalAriaLabel="Secret of the client" onRequestClose={close}>
        <div className="stack">
          <Note tone="info" title="This is the only time it is shown"><p>Copy it now. If it is lost, delete the client and add it again.</p></Note>
          <Mono text={secret} label="Copy the secret" />
        </div>
      </Modal>
    )
  }
  return (
    <Modal open modalHeading="Add client" modalAriaLabel="Add client" primaryButtonText="Add" secondaryButtonText="Cancel" primaryButtonDisabled={clientId === '' || add.isPending} selectorPrimaryFocus="#client-id" onRequestClose={close} onRequestSubmit={() => add.mutate()}>
      <div className="stack">
        {add.isError && <ProblemView error={add.error} />}
        <TextField id="client-id" labelText="Client id" autoComplete="off" value={clientId} invalid={'/clientId' in faults} invalidText={faults['/clientId']} onChange={(event) => setClientId(event.target.value)} />
        <TextField id="client-groups" labelText="Groups" helperText="Separated by commas" value={groups} onChange={(event) => setGroups(event.target.value)} />
        <Checkbox id="client-admin" labelText="Administrator: sees and may do everything" checked={admin} onChange={(_, { checked }) => setAdmin(checked)} />
      </div>
    </Modal>
  )
}
