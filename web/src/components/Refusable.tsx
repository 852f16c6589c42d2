import { Button } from '@carbon/react'
import { type ComponentProps, useId } from 'react'

type Props = ComponentProps<typeof Button<'button'>> & {
  /** Why it cannot be done now; nothing when it can. */
  refusal: string | undefined
}

/** A button that says, on hover and on focus, why it cannot be pressed; the keyboard reaches it all the same. */
export function Refusable({ refusal, href, onClick, disabled, children, ...rest }: Props) {
  const id = useId()
  if (!refusal) return <Button {...rest} {...(href && { href })} disabled={disabled} {...(onClick && { onClick })}>{children}</Button>
  return (
    <span className="refused">
      <Button {...rest} aria-disabled aria-describedby={id} className="refused-button cds--btn--disabled" onClick={(event) => event.preventDefault()}>{children}</Button>
      <span id={id} className="refused-why">{refusal}</span>
    </span>
  )
}
