/** What AWS says of an object. */
import type { SageMakerFacts } from '../api/types'
import { member, rowsOf, textOf, words } from '../lib/aws'
import { AwsStatus } from './AwsStatus'
import { Ago, Facts, Mono, OutLink, Tags } from './text'
import { Section } from './views'

export function AwsFacts({ facts, written }: { facts: SageMakerFacts; written?: string }) {
  return (
    <Facts
      rows={[
        ['Name in AWS', facts.name],
        ['ARN', facts.arn && <Mono text={facts.arn} label="Copy the ARN" />],
        ['Account', facts.account],
        ['Region', facts.region],
        ['Status', facts.status && <AwsStatus facts={facts} written={written} />],
        ['Why it failed', facts.failureReason],
        ['Created in AWS', facts.creationTime && <Ago at={facts.creationTime} focusable />],
        ['Changed in AWS', facts.lastModifiedTime && <Ago at={facts.lastModifiedTime} focusable />],
        ['Execution role', facts.executionRoleArn && <Mono text={facts.executionRoleArn} label="Copy the role" />],
        ['Console', facts.consoleUrl && <OutLink href={facts.consoleUrl}>Open in AWS</OutLink>],
        ['Log', facts.logsUrl && <OutLink href={facts.logsUrl}>CloudWatch log</OutLink>],
        ['Tags in AWS', facts.tags && Object.keys(facts.tags).length > 0 && <Tags tags={Object.entries(facts.tags).map(([key, value]) => `${key}=${value}`)} />],
      ]}
    />
  )
}

/** Production variants in AWS's shape; running figures where an endpoint has them. */
export function Variants({ variants, title = 'Production variants' }: { variants: readonly object[] | undefined; title?: string }) {
  if (!variants || variants.length === 0) return null
  const text = (variant: object, name: string) => textOf(member(variant, name))
  // An endpoint describes its variants without the model; its configuration says that.
  const models = variants.some((variant) => text(variant, 'ModelName') !== undefined)
  return (
    <Section title={title}>
      <div className="table-scroll" role="region" aria-label={title} tabIndex={0}>
        <table className="plain-table" aria-label={title}>
          <thead><tr><th scope="col">Variant</th>{models && <th scope="col">Model</th>}<th scope="col">Instances</th><th scope="col">Weight</th></tr></thead>
          <tbody>
            {variants.map((variant, index) => (
              <tr key={index}>
                <th scope="row">{text(variant, 'VariantName')}</th>
                {models && <td data-label="Model">{text(variant, 'ModelName')}</td>}
                <td data-label="Instances">{instances(variant)}</td>
                <td data-label="Weight">{text(variant, 'CurrentWeight') ?? text(variant, 'InitialVariantWeight')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function instances(variant: object): string {
  const serverless = member(variant, 'ServerlessConfig') ?? member(variant, 'CurrentServerlessConfig')
  if (serverless) return `Serverless, ${textOf(member(serverless, 'MemorySizeInMB')) ?? '?'} MB, at most ${textOf(member(serverless, 'MaxConcurrency')) ?? '?'} at once`
  const kind = textOf(member(variant, 'InstanceType'))
  const of = kind ? ` × ${kind}` : ' running'
  const current = textOf(member(variant, 'CurrentInstanceCount'))
  const wanted = textOf(member(variant, 'DesiredInstanceCount')) ?? textOf(member(variant, 'InitialInstanceCount'))
  if (current !== undefined && wanted !== undefined && current !== wanted) return `${current} of ${wanted}${of}`
  return `${current ?? wanted ?? '?'}${of}`
}

/** A nested description of AWS as rows, when there is one. */
export function Described({ title, value }: { title: string; value: unknown }) {
  const rows = rowsOf(value)
  return rows.length === 0 ? null : <Section title={title}><Facts rows={rows} /></Section>
}

function environment(of: Record<string, string> | undefined) {
  const entries = Object.entries(of ?? {})
  return entries.length > 0 && <ul className="lines">{entries.map(([key, value]) => <li key={key}><code className="mono">{key}={value}</code></li>)}</ul>
}

export function Containers({ containers }: { containers: NonNullable<SageMakerFacts['containers']> }) {
  return (
    <Section title={containers.length === 1 ? 'Container' : 'Containers'}>
      <div className="columns">
        {containers.map((container, index) => (
          <div className="card" key={index}>
            <Facts
              rows={[
                ['Host name', textOf(member(container, 'ContainerHostname')) ?? textOf(member(container, 'Hostname'))],
                ['Image', <Mono key="image" text={container.image} label="Copy the image" />],
                ['Artifact', container.modelDataUrl && <Mono text={container.modelDataUrl} label="Copy the artifact" />],
                ['Model package', container.modelPackageName],
                ['Mode', container.mode && words(container.mode)],
                ['Environment', environment(container.environment)],
              ]}
            />
          </div>
        ))}
      </div>
    </Section>
  )
}
