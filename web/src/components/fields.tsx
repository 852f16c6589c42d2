/** Carbon's fields, with their fault also as description: screen readers that do not know `aria-errormessage` read it too. */
import { PasswordInput, TextInput } from '@carbon/react'
import type { ComponentProps } from 'react'

/** Where Carbon puts the fault of a field. */
function described({ id, invalid, invalidText }: { id: string; invalid?: boolean | undefined; invalidText?: unknown }) {
  return invalid && invalidText ? { 'aria-describedby': `${id}-error-msg` } : {}
}

export function TextField(props: ComponentProps<typeof TextInput>) {
  return <TextInput {...props} {...described(props)} />
}

export function PasswordField(props: ComponentProps<typeof PasswordInput>) {
  return <PasswordInput {...props} {...described(props)} />
}
