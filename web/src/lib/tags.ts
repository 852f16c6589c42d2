/** Tags that AWS has of an object stand among its own ones, as `key=value`. They are changed in AWS alone. */

/** Of what the object tells of AWS, in that order. */
export function awsTags(object: object): string[] {
  const facts = (object as { sageMaker?: { tags?: Record<string, string> } }).sageMaker
  return Object.entries(facts?.tags ?? {}).map(([key, value]) => `${key}=${value}`)
}

/** What people may change of `tags`. */
export const ownTags = (tags: readonly string[], aws: readonly string[]): string[] => tags.filter((tag) => !aws.includes(tag))
