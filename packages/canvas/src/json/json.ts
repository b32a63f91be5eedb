export { fromCelery, JSON_LIMITS } from './from-celery.ts'
export { stringify } from './stringify.ts'
export type { CelerySignature } from './to-celery.ts'
export { toCelery } from './to-celery.ts'
