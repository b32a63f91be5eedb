import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { type RedisBackendOptions, redisBackend } from './redis-backend.ts'
import type { Where } from './where.ts'

const URL = 'redis://127.0.0.1:6379'

function refusalOf(where: unknown, options: object = {}): unknown {
  try {
    redisBackend(where as Where, options as RedisBackendOptions)
  } catch (error) {
    return error
  }
  return null
}

test.each([
  [{ prefx: 'a' }, /^redisBackend has no option "prefx". Did you mean prefix\?$/],
  [{ prefix: 'a{b}' }, /without braces/],
  [{ prefix: '' }, /without braces/],
  [{ partitions: 0 }, /whole number from 1/],
  [{ partitions: 1.5 }, /whole number from 1/],
  [{ partitions: 5_000 }, /from 1 to 1024/],
  [
    { lease: 0 },
    /^The option lease of redisBackend cannot be 0. Give a time that is longer than nothing, and shorter than a century.$/,
  ],
  [{ lease: 30 }, /lease of redisBackend is 30, which is 30 ms: .* Give at least 100 ms, such as '30s'\.$/],
  [{ resultTtl: '0s' }, /resultTtl/],
  [{ unreachableAfter: 0 }, /unreachableAfter/],
  [{ sendWithin: 0 }, /sendWithin/],
  [{ warn: 'no' }, /warn of redisBackend.*Give a function/],
])('the options %o are refused, with what to do instead', (options, message) => {
  expect(refusalOf(URL, options)).toMatchObject({
    code: 'option-invalid',
    message: expect.stringMatching(message),
  })
})

test('a time that is none is refused as everywhere', () => {
  expect(refusalOf(URL, { lease: 'soon' })).toMatchObject({ code: 'duration-invalid' })
})

test.each([
  undefined,
  null,
  '',
  6379,
  [],
  'localhost',
  'http://localhost',
  'redis://host:port',
  { cluster: [] },
  { keyPrefix: 'a:' },
  { cluster: [{ port: 1 }], redisOptions: { keyPrefix: 'a:' } },
])('%o is refused, because it does not say where Redis is', (where) => {
  expect(refusalOf(where)).toMatchObject({ code: 'option-invalid' })
})

test('a client that moves keys is refused', () => {
  const client = new Redis(URL, { lazyConnect: true, keyPrefix: 'a:' })
  expect(refusalOf(client)).toMatchObject({
    code: 'option-invalid',
    message: expect.stringMatching(/keyPrefix/),
  })
})

test('a password in a URL that cannot be read is not shown', () => {
  expect(String(refusalOf('redis//me:secret@host'))).not.toMatch(/secret/)
})

test.each([
  URL,
  'rediss://user:password@redis.example.com:6380/2',
  'valkey://127.0.0.1',
  { host: '127.0.0.1', port: 6379, username: 'u', password: 'p', tls: {} },
  { sentinels: [{ host: '127.0.0.1', port: 26379 }], name: 'mymaster' },
  { cluster: [{ host: '127.0.0.1', port: 7000 }, 'redis://127.0.0.1:7001'] },
])('%o is taken, and nothing is connected before it is needed', async (where) => {
  const backend = redisBackend(where)
  await backend.close()
})
