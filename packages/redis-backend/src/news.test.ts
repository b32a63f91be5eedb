import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import type { Link } from './link.ts'
import { News } from './news.ts'
import type { Partition } from './partition.ts'

it('who cannot have all that changes told leaves those alone who wait for the end, and the next asks again', async () => {
  const line = Object.assign(new EventEmitter(), {
    status: 'ready',
    ssubscribe: async () => 1,
    disconnect: () => {},
  })
  const asked: string[] = []
  const patience = { limitMs: null, closed: new AbortController().signal, fault: () => null }
  const link = { isCluster: false, line: async () => line, silenceMs: 60_000, patience } as unknown as Link
  const redis = {
    async run(_script: unknown, [, , , args]: [number, string, string, string]) {
      asked.push(JSON.parse(args)[3])
      if (asked.length === 2) throw new Error('not now')
      return ['']
    },
  }
  const partition = { redis, keys: { prefix: 'p', news: () => 'news' }, deadlines: { expect() {} } }
  const news = new News(link)
  const watch = (hear: () => void, ids: readonly string[] | null): Promise<() => void> =>
    news.watch(partition as unknown as Partition, 'run', hear, ids)
  const heard = { end: 0, all: 0 }
  await watch(() => heard.end++, ['run'])
  await expect(watch(() => {}, null)).rejects.toThrow('not now')
  await watch(() => heard.all++, null)
  await watch(() => {}, ['run'])
  expect(asked).toEqual(['e', 'a', 'a'])
  line.emit('smessage', 'news', 'run\nS')
  expect(heard).toEqual({ end: 1, all: 1 })
})
