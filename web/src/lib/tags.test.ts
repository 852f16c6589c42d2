import { describe, expect, it } from 'vitest'
import { awsTags, ownTags } from './tags'

describe('tags', () => {
  it('are told apart by whose they are', () => {
    const aws = awsTags({ sageMaker: { tags: { team: 'risk', empty: '' } } })
    expect(aws).toEqual(['team=risk', 'empty='])
    expect(ownTags(['mine', 'team=risk', 'team=other'], aws)).toEqual(['mine', 'team=other'])
  })

  it('are all own ones where AWS has nothing to say', () => {
    expect(awsTags({})).toEqual([])
    expect(awsTags({ sageMaker: {} })).toEqual([])
  })
})
