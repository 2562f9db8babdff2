import { EXCHANGE } from '../shared/exchange/exchange.js'
import { VARIABLES } from '../shared/redirects/view-variables.js'
import { ReservedProperties } from '../shared/wire/reserved-properties.js'

/** What the kit keeps on an Express response. */
export const reserved: ReservedProperties = new ReservedProperties([EXCHANGE, VARIABLES])
