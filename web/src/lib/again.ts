// Of this tab, so that the pages of a whole company do not come back in step.
const spread = 0.8 + 0.4 * Math.random()

/** How long until what has failed so often in a row is asked again by itself, in ms: less and less often, at least every half a minute or so. */
export const askAgainAfter = (failures: number): number => spread * Math.min(2_000 * 2 ** (failures - 1), 30_000)
