export { type RedisBackendOptions, redisBackend } from './redis-backend.ts'
export type { ClusterWhere, Where } from './where.ts'
