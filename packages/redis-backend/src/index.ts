export type { Where } from './link.ts'
export { type RedisBackendOptions, redisBackend } from './redis-backend.ts'
