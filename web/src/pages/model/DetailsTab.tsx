import type { Versioned } from '../../api/client'
import type { StoredModel } from '../../api/types'
import { MetadataEditor } from '../../components/MetadataEditor'
import { AwsFacts, Containers, Described } from '../../components/SageMaker'
import { Ago, Facts, Mono, OutLink } from '../../components/text'
import { Section } from '../../components/views'
import { trainedByNobody } from '../../lib/lastImport'
import { useRunningImport } from './ImportAgain'

export function DetailsTab({ seen }: { seen: Versioned<StoredModel> }) {
  const model = seen.data
  const facts = model.sageMaker
  const network = facts?.vpcConfig !== undefined || facts?.enableNetworkIsolation !== undefined
  return (
    <>
      <div className="columns">
        {facts && <section className="card"><h2>In AWS</h2><AwsFacts facts={facts} written={model.lastModifiedDate} /></section>}
        <section className="card">
          <h2>Metadata</h2>
          <MetadataEditor collection="storedModels" id={model.id} seen={seen} member="modelMetaData" />
        </section>
      </div>
      {facts?.containers && <Containers containers={facts.containers} />}
      {network && (
        <>
          <Section title="Network settings"><Facts rows={[['Isolated from the network', facts.enableNetworkIsolation === undefined ? undefined : facts.enableNetworkIsolation ? 'Yes' : 'No'], ['Virtual private cloud', facts.vpcConfig ? undefined : 'None']]} /></Section>
          <Described title="Virtual private cloud" value={facts.vpcConfig} />
        </>
      )}
      {facts && <TrainedBy model={model} />}
      <Section title="In Slipway">
        <Facts
          rows={[
            ['Id', <Mono key="id" text={model.id} label="Copy the id" />],
            ['Group', model.group],
            ['Added', <><Ago at={model.createdDate} focusable /> by {model.createdBy}</>],
            ['Updated', <><Ago at={model.lastModifiedDate} focusable /> by {model.lastModifiedBy}</>],
            ['Version', String(model.version)],
          ]}
        />
      </Section>
    </>
  )
}

function TrainedBy({ model }: { model: StoredModel }) {
  const running = useRunningImport(model.id)
  const jobs = model.sageMaker?.trainingJobs ?? []
  return (
    <Section title="Trained by">
      {jobs.length === 0 && <p className="note">{trainedByNobody(model.sageMaker?.lastImport, running !== undefined)}</p>}
      <ul className="plain stack-tight">
        {jobs.map((job) => <li key={job.arn ?? job.name}><OutLink href={job.consoleUrl}>{job.name}</OutLink></li>)}
      </ul>
    </Section>
  )
}
