import { describeThreads } from './threads.suite.ts'

describeThreads('in threads, on a memory', () => ({}))
