import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@arpeggio/source'] },
  ssr: { resolve: { conditions: ['@arpeggio/source'] } },
  test: {
    silent: 'passed-only',
    include: [
      'packages/*/src/**/*.test.ts',
      'test/**/*.test.ts',
      'examples/**/*.test.ts',
      'chaos/**/*.test.ts',
    ],
  },
})
