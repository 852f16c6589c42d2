import { below, objectPath } from '../../api/paths'
import type { Asset, Job } from '../../api/types'
import { Mono, OutLink } from '../../components/text'
import { Section } from '../../components/views'
import { missingOutputs } from '../../lib/job'
import { s3Console, safeHref } from '../../lib/links'
import { size } from '../../lib/time'

/** Where the server gives what is embedded; small content stands in the job and has no address of its own there. */
function contentOf({ assetId, assetType, contentHash, fileContent }: Asset, jobId: string): string | undefined {
  return assetType === 'FILE' && assetId && (contentHash || fileContent) ? `${objectPath('jobs', jobId)}/assets/${encodeURIComponent(assetId)}/content` : undefined
}

/** Inputs or outputs of a job, each with where it lies. */
export function Files({ title, assets, job }: { title: string; assets: Asset[] | undefined; job: Job }) {
  if (!assets || assets.length === 0) return null
  const missing = missingOutputs(job)
  return (
    <Section title={title}>
      <div className="table-scroll" role="region" aria-label={title} tabIndex={0}>
        <table className="plain-table" aria-label={title}>
          <thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Format</th><th scope="col">Size</th></tr></thead>
          <tbody>
            {assets.map((asset, index) => (
              <tr key={asset.assetId ?? index}>
                <th scope="row">{asset.name ?? asset.filename}</th>
                <td data-label="Where"><Where asset={asset} job={job} /></td>
                <td data-label="Format">{asset.fileFormat === 'UNKNOWN' ? '' : asset.fileFormat}</td>
                <td data-label="Size">{asset.fileSize !== undefined ? size(asset.fileSize) : missing.includes(asset.fileUrl ?? '') ? 'Not there' : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

function Where({ asset, job }: { asset: Asset; job: Job }) {
  const { fileUrl, contentUrl } = asset
  if (fileUrl && safeHref(fileUrl)) return <OutLink href={fileUrl}>{fileUrl}</OutLink>
  const inConsole = s3Console(fileUrl, job.sageMaker?.consoleUrl)
  if (fileUrl) return <span className="row"><Mono text={fileUrl} label="Copy the address" />{inConsole && <OutLink href={inConsole}>Open in S3</OutLink>}</span>
  const content = contentUrl?.startsWith('/') ? contentUrl : contentOf(asset, job.id)
  if (content) return <a className="cds--link" href={below(content)} download={asset.filename ?? asset.name ?? true}>Download</a>
  return <>{asset.assetType === 'FILE' ? 'Comes back into the job' : 'In the job itself'}</>
}
