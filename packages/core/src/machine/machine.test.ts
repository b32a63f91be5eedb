import { describe, expect, it } from 'vitest'
import type { Chord, Closed } from '../model/chord.ts'
import type { Effect } from '../model/effect.ts'
import type { CallMessage, Course, SpreadMessage } from '../model/message.ts'
import type { ErrorRecord, Failed, Verdict } from '../model/outcome.ts'
import type { Call, Compiled, Fork, Listed, Plan, Stored } from '../model/plan.ts'
import {
  abandon,
  begin,
  close,
  conclude,
  endAs,
  fail,
  lose,
  replace,
  resume,
  retry,
  spread,
  succeed,
} from './machine.ts'

/*
 * Every input here is frozen to its last leaf: a function that changed one would throw.
 */

describe('begin', () => {
  it('publishes a call with its own future: what follows it and where its branch ends', () => {
    const seat = { chord: 'r.0', index: '2' }
    const course: Course = { run: 'r', root: 'root', parent: 'p', group: seat, seat, aside: false }
    const options = { queue: 'low', countdown: 5, eta: 9 }
    const step = call('3', {
      args: [7],
      kwargs: { k: 1 },
      options,
      link: [[call('8')]],
      errback: [[call('9')]],
    })
    expect(begin(frozen([step, call('4')]), frozen([6]), frozen(course))).toEqual([
      {
        do: 'publish',
        message: {
          kind: 'call',
          id: 'r.3',
          at: '3',
          task: 't3',
          args: [6, 7],
          kwargs: { k: 1 },
          options,
          retries: 0,
          countdown: 5,
          eta: 9,
          link: step.link,
          errback: step.errback,
          rest: [call('4')],
          ...course,
        },
      },
    ])
  })

  it('puts the value of the step before in front of the arguments, unless there is none or the call is immutable', () => {
    const argsOf = (step: Call, input: [] | [number]) =>
      messageIn(begin(frozen([step]), frozen(input), COURSE)).args
    expect(argsOf(call('0', { args: [7] }), [6])).toEqual([6, 7])
    expect(argsOf(call('0', { args: [7] }), [])).toEqual([7])
    expect(argsOf(call('0', { args: [7], immutable: true }), [6])).toEqual([7])
  })

  it('gives the step that ends the run the run’s own id, and keeps its place', () => {
    const message = messageIn(begin(frozen([call('3', { takes: '' })]), [], COURSE))
    expect([message.id, message.at]).toEqual(['r', '3'])
  })

  it('gives the value to the seat when nothing is left to do', () => {
    const seat = { chord: 'r.0', index: '1' }
    expect(begin([], frozen([6]), { ...COURSE, seat })).toEqual([
      { do: 'join', run: 'r', seat, verdict: { state: 'SUCCESS', value: 6 } },
    ])
    expect(begin([], [], { ...COURSE, seat })).toMatchObject([{ verdict: { value: null } }])
    expect(begin([], [6], COURSE)).toEqual([])
  })

  it('asks for the next step of a long plan, and keeps what comes after the list', () => {
    const stored: Stored = { op: 'stored', list: ':0', from: 4, to: 9, end: '8' }
    expect(begin(frozen([stored, call('9')]), frozen([6]), COURSE)).toEqual([
      { do: 'read-step', stored, rest: [call('9')], input: [6], course: COURSE },
    ])
  })
})

describe('a fork', () => {
  const pair = fork('0', [[call('1')], [call('2')]])

  it('that nobody awaits starts its branches and opens no chord', () => {
    const effects = begin(frozen([pair]), frozen([6]), COURSE)
    expect(deedsOf(effects)).toEqual(['publish r.1', 'publish r.2'])
    expect(messageIn(effects)).toMatchObject({ args: [6], seat: null, group: { chord: 'r.0', index: '0' } })
  })

  it('is opened as a chord before anybody can knock at it; what follows waits in the chord, not in its members', () => {
    const effects = begin(frozen([pair, call('3')]), frozen([6]), COURSE)
    expect(deedsOf(effects)).toEqual(['open r.0', 'publish r.1', 'publish r.2'])
    expect(effects[0]).toEqual({
      do: 'open',
      chord: {
        ...{ ...COURSE, id: 'r.0', at: '0', size: 2, policy: 'all', keep: false },
        ...{ link: [], errback: [], rest: [call('3')] },
      },
    })
    expect(effects.slice(1).map((effect) => messageIn([effect]))).toMatchObject([
      { seat: { chord: 'r.0', index: '0' }, rest: [], args: [6] },
      { seat: { chord: 'r.0', index: '1' }, rest: [], args: [6] },
    ])
  })

  it.each<[string, Fork, Partial<Course>]>([
    ['a seat', pair, { seat: { chord: 'r.9', index: '0' } }],
    ['a link', { ...pair, link: [[call('3')]] }, {}],
    ['an errback', { ...pair, errback: [[call('3')]] }, {}],
    ['the id it took over', { ...pair, keep: true }, {}],
  ])('opens a chord for %s', (_what, step, course) => {
    expect(deedsOf(begin(frozen([step]), [], frozen({ ...COURSE, ...course })))[0]).toBe('open r.0')
  })

  it('inside a fork takes a seat in it, and so on', () => {
    const inner = fork('1', [[call('2')]])
    const effects = begin(frozen([fork('0', [[inner]]), call('3')]), [], COURSE)
    expect(deedsOf(effects)).toEqual(['open r.0', 'open r.1', 'publish r.2'])
    expect(effects[1]).toMatchObject({ chord: { seat: { chord: 'r.0', index: '0' }, rest: [] } })
    expect(messageIn(effects).seat).toEqual({ chord: 'r.1', index: '0' })
  })

  it('with an empty branch hands the value straight to its seat', () => {
    expect(begin(frozen([fork('0', [[]]), call('1')]), frozen([6]), COURSE).at(-1)).toEqual({
      ...{
        do: 'join',
        run: 'r',
        seat: { chord: 'r.0', index: '0' },
        verdict: { state: 'SUCCESS', value: 6 },
      },
    })
  })

  it('that took over an id is known by it', () => {
    const effects = begin(frozen([{ ...pair, takes: '', keep: true }]), [], COURSE)
    expect(effects[0]).toMatchObject({ chord: { id: 'r', at: '0' } })
    expect(messageIn(effects).seat).toEqual({ chord: 'r', index: '0' })
  })

  it('that is wide asks for its first branches', () => {
    const branches: Listed = { op: 'stored', list: ':0', from: 0, to: 5 }
    const wide = fork('0', branches, { size: 5, options: { queue: 'low' } })
    const effects = begin(frozen([wide]), frozen([6]), COURSE)
    const message = { ...COURSE, kind: 'spread', id: 'r.0', at: '0', branches, awaited: false, input: [6] }
    expect(effects).toEqual([{ do: 'read-branches', spread: { ...message, options: { queue: 'low' } } }])
    expect(begin(frozen([wide, call('9')]), [], COURSE)).toMatchObject([
      { do: 'open' },
      { do: 'read-branches', spread: { awaited: true } },
    ])
  })
})

describe('spread', () => {
  const message: SpreadMessage = frozen({
    ...{ run: 'r', root: 'r', parent: null, group: null, seat: null, aside: false },
    ...{ kind: 'spread', id: 'r.0', at: '0', awaited: true, input: [6], options: { queue: 'low' } },
    branches: { op: 'stored', list: ':0', from: 2, to: 5 },
  })

  it('starts the branches that were read in their places, and sends the others on', () => {
    const effects = spread(message, frozen([[call('3')], [call('4')]]))
    expect(effects.slice(0, 2).map((effect) => messageIn([effect]))).toMatchObject([
      { id: 'r.3', args: [6], seat: { chord: 'r.0', index: '2' } },
      { id: 'r.4', args: [6], seat: { chord: 'r.0', index: '3' } },
    ])
    expect(effects[2]).toEqual({
      do: 'publish',
      message: { ...message, branches: { ...message.branches, from: 4 } },
    })
  })

  it('is done when the last were read', () => {
    const effects = spread(message, frozen([[call('3')], [call('4')], [call('5')]]))
    expect(deedsOf(effects)).toEqual(['publish r.3', 'publish r.4', 'publish r.5'])
  })

  it('gives no seats where nobody awaits the list, but says whose members they are', () => {
    const [effect] = spread(frozen({ ...message, awaited: false }), frozen([[call('3')]]))
    expect(messageIn([effect as Effect])).toMatchObject({ seat: null, group: { chord: 'r.0', index: '2' } })
  })
})

describe('branches that could not be started', () => {
  const message: SpreadMessage = frozen({
    ...{ run: 'r', root: 'r', parent: null, group: null, seat: null, aside: false },
    ...{ kind: 'spread', id: 'r.0', at: '0', awaited: true, input: [6], options: {} },
    branches: { op: 'stored', list: ':0', from: 2, to: 5 },
  })

  it('fill their seats with the failure, and the others travel on', () => {
    const effects = lose(message, 2, BOOM)
    expect(deedsOf(effects)).toEqual(['join r.0:2', 'join r.0:3', 'publish r.0', 'keep r.0'])
    expect(effects[3]).toMatchObject({ failed: { branches: { from: 2, to: 4 } } })
    expect(effects[0]).toMatchObject({ verdict: { state: 'FAILURE', failure: { id: 'r.0', error: BOOM } } })
    expect(effects[2]).toMatchObject({ message: { branches: { from: 4, to: 5 } } })
    expect(deedsOf(lose(message, 9, BOOM))).toEqual(['join r.0:2', 'join r.0:3', 'join r.0:4', 'keep r.0'])
  })

  it('fail the group itself where nobody awaits it', () => {
    expect(deedsOf(lose(frozen({ ...message, awaited: false }), 9, BOOM))).toEqual(['store r.0', 'keep r.0'])
  })
})

describe('resume', () => {
  const stored: Stored = { op: 'stored', list: ':0', from: 4, to: 6, end: '7' }

  it('goes on with the step that was read; what is left of the list starts after it', () => {
    const step = call('4')
    const message = messageIn(resume(frozen(step), frozen(stored), frozen([call('11')]), [6], COURSE))
    expect(message).toMatchObject({ id: 'r.4', args: [6] })
    expect(message.rest).toEqual([{ ...stored, from: 5 }, call('11')])
  })

  it('leaves nothing of a list whose last step was read', () => {
    const message = messageIn(resume(frozen(call('4')), frozen({ ...stored, to: 5 }), [], [], COURSE))
    expect(message.rest).toEqual([])
  })
})

describe('a task that succeeded', () => {
  it('stores its value, fires its links, and goes on with the rest, in this order', () => {
    const effects = succeed(message({ link: [[call('7')], [call('8')]], rest: [call('9')] }), frozen([1]))
    expect(deedsOf(effects)).toEqual(['store r.3', 'publish r.7', 'publish r.8', 'publish r.9'])
    expect(effects[0]).toEqual({
      ...{ do: 'store', id: 'r.3', verdict: { state: 'SUCCESS', value: [1] }, counts: true },
    })
    for (const effect of effects.slice(1))
      expect(messageIn([effect])).toMatchObject({ args: [[1]], parent: 'r.3' })
  })

  it('gives its value to its seat at the end of its branch', () => {
    const seat = { chord: 'r.0', index: '1' }
    expect(succeed(message({ seat }), 1)).toEqual([
      { do: 'store', id: 'r.3', verdict: { state: 'SUCCESS', value: 1 }, counts: true },
      { do: 'join', run: 'r', seat, verdict: { state: 'SUCCESS', value: 1 } },
    ])
  })

  it('hands group and seat on to its rest, but never to its links', () => {
    const seat = { chord: 'r.0', index: '1' }
    const effects = succeed(message({ seat, group: seat, link: [[call('7')]], rest: [call('9')] }), 1)
    expect(messageIn(effects)).toMatchObject({ id: 'r.7', seat: null, group: null })
    expect(messageIn(effects.slice(2))).toMatchObject({ id: 'r.9', seat, group: seat })
  })

  it('whose result nobody wants stores null, and hands the value on all the same', () => {
    const effects = succeed(message({ options: { ignoreResult: true }, rest: [call('9')] }), 5)
    expect(effects[0]).toMatchObject({ verdict: { state: 'SUCCESS', value: null } })
    expect(messageIn(effects).args).toEqual([5])
  })

  it('beside the run does not count as progress', () => {
    expect(succeed(message({ aside: true }), 1)).toMatchObject([{ do: 'store', counts: false }])
  })

  it('gives seats to what it added to its chord before it takes its own', () => {
    const seat = { chord: 'r.0', index: '1' }
    const added = [part([call('3.0.0')]), part([call('3.1.0')])]
    const effects = succeed(message({ seat }), 1, frozen(added))
    expect(deedsOf(effects)).toEqual([
      ...[
        'graft 3.0',
        'widen r.0:1.3.0',
        'publish r.3.0.0',
        'graft 3.1',
        'widen r.0:1.3.1',
        'publish r.3.1.0',
      ],
      ...['store r.3', 'join r.0:1'],
    ])
    const place = { chord: 'r.0', index: '1.3.0' }
    expect(messageIn(effects)).toMatchObject({ seat: place, group: place, parent: 'r.3', args: [] })
  })

  it('adds nothing where there is no chord to add to', () => {
    expect(deedsOf(succeed(message(), 1, frozen([part([call('3.0.0')])])))).toEqual(['store r.3'])
  })
})

describe('a task that failed', () => {
  it('stores the failure, calls its errbacks, ends what can no longer run, and tells its seat, in this order', () => {
    const seat = { chord: 'r.0', index: '1' }
    const failing = message({
      errback: [[call('1')], [call('2')]],
      rest: [call('4'), call('7', { takes: '' })],
      seat,
    })
    const effects = fail(failing, BOOM)
    expect(deedsOf(effects)).toEqual([
      ...['store r.3', 'publish r.1', 'publish r.2', 'store r', 'join r.0:1', 'keep r.3'],
    ])
    const { verdict } = effects[0] as { verdict: Failed }
    expect(effects[3]).toEqual({ do: 'store', id: 'r', verdict, counts: false })
    expect(effects[4]).toMatchObject({ verdict })
  })

  it('tells what failed, where and why; an errback is given that in front of its own arguments', () => {
    const group = { chord: 'r.0', index: '4' }
    const failing = message({
      errback: [[call('1', { args: ['mine'] })]],
      group,
      retries: 2,
      root: 'elsewhere',
    })
    const effects = fail(failing, BOOM)
    const failure = {
      ...{ id: 'r.3', task: 't3', error: BOOM, state: 'FAILURE', args: ['a'], kwargs: { k: 1 }, retries: 2 },
      ...{ root: 'elsewhere', group: 'r.0', index: 4 },
    }
    expect(effects[0]).toEqual({
      do: 'store',
      id: 'r.3',
      verdict: { state: 'FAILURE', failure },
      counts: true,
    })
    expect(messageIn(effects)).toMatchObject({
      args: [failure, 'mine'],
      aside: true,
      seat: null,
      group: null,
      parent: 'r.3',
    })
  })

  it('does not run its links', () => {
    expect(deedsOf(fail(message({ link: [[call('7')]] }), BOOM))).toEqual(['store r.3', 'keep r.3'])
  })

  it('says so when it was revoked', () => {
    expect(fail(message(), BOOM, 'REVOKED')).toMatchObject([
      { verdict: { state: 'REVOKED', failure: { state: 'REVOKED', id: 'r.3' } } },
      { do: 'keep' },
    ])
  })

  it('as an addition to a chord tells the place of the member that added it', () => {
    const group = { chord: 'r.0', index: '4.1' }
    expect(fail(message({ group }), BOOM)).toMatchObject([
      { verdict: { failure: { group: 'r.0', index: 4 } } },
      { do: 'keep' },
    ])
  })

  it('is kept with all that is to follow it, as if it had never been tried', () => {
    const future = { errback: [[call('1')]], link: [[call('7')]], rest: [call('9')] }
    const first = message(future)
    const tried = message({ ...future, retries: 2, countdown: 5, eta: 7 })
    expect(fail(tried, BOOM).at(-1)).toEqual({ do: 'keep', failed: first })
  })

  it('is not kept if it is part of an errback', () => {
    expect(deedsOf(fail(message({ aside: true }), BOOM))).toEqual(['store r.3'])
  })
})

describe('a task that asked to be ignored', () => {
  it('ends what follows it the same way, fires neither links nor errbacks, and fills its seat', () => {
    const seat = { chord: 'r.0', index: '1' }
    const more = { link: [[call('7')]], errback: [[call('1')]], rest: [call('4')], seat }
    const effects = conclude(message(more), frozen({ state: 'IGNORED' }))
    expect(deedsOf(effects)).toEqual(['store r.3', 'store r.4', 'join r.0:1'])
    expect(effects[2]).toMatchObject({ verdict: { state: 'IGNORED' } })
  })
})

describe('a message whose end is known already', () => {
  it('drives on what follows a value, without another value', () => {
    const effects = endAs(
      message({ link: [[call('7')]], rest: [call('9')] }),
      frozen({ state: 'SUCCESS', value: 1 }),
    )
    expect(deedsOf(effects)).toEqual(['store r.3', 'publish r.7', 'publish r.9'])
  })

  it('fails as itself when it was revoked from outside, so that errbacks hear who it was', () => {
    const { failure } = failed('r', 'REVOKED')
    const effects = endAs(message({ errback: [[call('1')]] }), frozen({ state: 'REVOKED', failure }))
    expect(effects[0]).toMatchObject({
      verdict: { state: 'REVOKED', failure: { id: 'r.3', task: 't3', error: failure.error } },
    })
    expect(messageIn(effects).args[0]).toMatchObject({ id: 'r.3', state: 'REVOKED' })
  })

  it('keeps the failure that was told when it failed', () => {
    const verdict = failed('r.3')
    expect(endAs(message(), frozen(verdict))).toEqual([
      { do: 'store', id: 'r.3', verdict, counts: true },
      { do: 'keep', failed: message() },
    ])
  })
})

describe('a retry', () => {
  it('notes it, and publishes the same message with one retry more, with nothing of its future lost', () => {
    const seat = { chord: 'r.0', index: '1' }
    const first = message({
      link: [[call('7')]],
      errback: [[call('1')]],
      rest: [call('9')],
      seat,
      group: seat,
      retries: 1,
    })
    const again = frozen({ countdown: 3_000, eta: null, args: ['b'], kwargs: { k: 2 } })
    expect(retry(first, BOOM, again)).toEqual([
      { do: 'note', id: 'r.3', state: 'RETRY', meta: BOOM },
      { do: 'publish', message: { ...first, ...again, retries: 2 } },
    ])
  })
})

describe('a replacement', () => {
  const seat = { chord: 'r.0', index: '1' }
  const replaced = message({ rest: [call('9')], seat, group: seat, parent: 'p' })

  it('grows below the task’s place; its steps come before what follows the task, and the seat moves along', () => {
    const by = part([call('3.0'), call('3.1', { takes: '3' })])
    const effects = replace(replaced, frozen(by), frozen([6]))
    const graft = { shape: by.shape, takes: '3' }
    expect(effects[0]).toEqual({ do: 'graft', run: 'r', at: '3', graft, lists: by.lists, calls: 1 })
    expect(messageIn(effects)).toMatchObject({ id: 'r.3.0', args: [6], seat, group: seat, parent: 'p' })
    expect(messageIn(effects).rest).toEqual([call('3.1', { takes: '3' }), call('9')])
  })

  it('by a group opens a chord for what follows the task', () => {
    const group = fork('3.0', [[call('3.1')]], { takes: '3', keep: true })
    const effects = replace(replaced, frozen(part([group])), [])
    expect(deedsOf(effects)).toEqual(['graft 3', 'open r.3', 'publish r.3.1'])
    expect(effects[1]).toMatchObject({ chord: { id: 'r.3', at: '3.0', rest: [call('9')], seat, keep: true } })
    expect(messageIn(effects).seat).toEqual({ chord: 'r.3', index: '0' })
  })
})

describe('a closed chord', () => {
  it('is launched, and its body is given the list in the order of the members', () => {
    const effects = close(closed({ size: 2, rest: [call('9')] }, { 1: good('b'), 0: good('a') }))
    expect(deedsOf(effects)).toEqual(['launch r.0', 'store r.0', 'publish r.9'])
    expect(messageIn(effects)).toMatchObject({ args: [['a', 'b']], parent: 'r.0' })
  })

  it('stores its list only where its members cannot tell it: it took over an id, was settled, or grew', () => {
    const verdictOf = (more: Partial<Chord>, seats: Parameters<typeof closed>[1]) =>
      close(closed({ size: 1, ...more }, seats))[1]
    const list = { state: 'SUCCESS', value: ['a'] }
    const ofMembers = { state: 'SUCCESS', value: null, of: 'members' }
    expect(verdictOf({}, { 0: good('a') })).toMatchObject({ id: 'r.0', verdict: ofMembers })
    expect(verdictOf({ policy: 'failFast' }, { 0: good('a') })).toMatchObject({ verdict: ofMembers })
    expect(verdictOf({ keep: true, id: 'r' }, { 0: good('a') })).toMatchObject({ id: 'r', verdict: list })
    expect(verdictOf({ policy: { quorum: 1 } }, { 0: good('a') })).toMatchObject({ verdict: list })
    const grown = { state: 'SUCCESS', value: ['a', 'b'] }
    expect(verdictOf({}, { 0: good('a'), '0.1.0': good('b') })).toMatchObject({ verdict: grown })
  })

  it('never counts itself as progress: it is no task', () => {
    expect(close(closed({}, { 0: good(1) }))).toMatchObject([{}, { do: 'store', counts: false }])
  })

  it('fires its links with the list, goes on, and takes its own seat', () => {
    const own = { chord: 'r.8', index: '5' }
    const effects = close(closed({ link: [[call('7')]], seat: own, group: own }, { 0: good('a') }))
    expect(deedsOf(effects)).toEqual(['launch r.0', 'store r.0', 'publish r.7', 'join r.8:5'])
    expect(effects[3]).toMatchObject({ verdict: { state: 'SUCCESS', value: ['a'] } })
  })

  it('that was halted before it closed ends as revoked, whatever its members gave', () => {
    const whole = closed({ errback: [[call('7')]], rest: [call('9')] }, { 0: good('a') })
    const effects = close(frozen({ ...whole, halt: failed('r', 'REVOKED') }))
    expect(deedsOf(effects)).toEqual([
      ...['keep r.0', 'keep r.0.again', 'launch r.0', 'store r.0', 'publish r.7', 'store r.9'],
    ])
    expect(effects[1]).toMatchObject({ failed: { seat: { chord: 'r.0', index: '0' }, link: [], rest: [] } })
    expect(effects[3]).toMatchObject({ verdict: { state: 'REVOKED', failure: { id: 'r.0', error: BOOM } } })
  })

  it('with a failed member fails once, as a ChordError, and ends what follows it', () => {
    const own = { chord: 'r.8', index: '5' }
    const future = { errback: [[call('7')]], rest: [call('9')], seat: own, group: own }
    const effects = close(closed({ size: 2, ...future }, { 0: good('a'), 1: failed('r.2') }))
    expect(deedsOf(effects)).toEqual([
      ...['keep r.0', 'launch r.0', 'store r.0', 'publish r.7', 'store r.9', 'join r.8:5'],
    ])
    expect(effects[2]).toMatchObject({
      verdict: {
        state: 'FAILURE',
        failure: {
          ...{ id: 'r.0', task: 'celery.chord', args: [], kwargs: {}, retries: 0, group: 'r.8', index: 5 },
          error: {
            type: 'ChordError',
            code: 'chord-failed',
            cause: BOOM,
            members: [{ id: 'r.2', index: 1 }],
          },
        },
      },
    })
  })

  it('that failed before all members had ended dismisses the others', () => {
    const early = closed({ size: 3, policy: 'failFast', at: '0' }, { 1: failed('r.2') })
    const effects = close(early)
    expect(deedsOf(effects)).toEqual(['keep r.0', 'launch r.0 dismissing', 'store r.0'])
    expect(effects[1]).toMatchObject({
      dismissed: {
        state: 'REVOKED',
        failure: {
          error: {
            type: 'TaskRevokedError',
            message: 'its chord r.0 has failed',
            cause: { type: 'ChordError' },
          },
        },
      },
    })
  })

  it('that nobody could bring to an end fails, and dismisses who has not ended', () => {
    const early = closed({ size: 3, policy: { quorum: 1 }, rest: [call('9')] }, { 1: good('b') })
    const effects = abandon(early, BOOM)
    expect(deedsOf(effects)).toEqual([
      ...['keep r.0', 'keep r.0.again', 'launch r.0 dismissing', 'store r.0', 'store r.9'],
    ])
    expect(effects[3]).toMatchObject({ verdict: { state: 'FAILURE', failure: { error: BOOM } } })
  })

  it('that reached its quorum early lets the others run to their end', () => {
    const effects = close(closed({ size: 3, policy: { quorum: 1 }, rest: [call('9')] }, { 1: good('b') }))
    expect(deedsOf(effects)).toEqual(['launch r.0', 'store r.0', 'publish r.9'])
    expect(messageIn(effects).args).toEqual([[null, 'b', null]])
  })
})

describe('all of it is pure', () => {
  it('the same message and outcome give the same effects, however often they are asked for', () => {
    const seat = { chord: 'r.0', index: '1' }
    const rich = message({
      link: [[call('7')]],
      errback: [[call('1')]],
      rest: [call('9')],
      seat,
      group: seat,
    })
    const deeds: (() => Effect[])[] = [
      () => succeed(rich, frozen({ v: [1] }), frozen([part([call('3.0.0')])])),
      () => fail(rich, BOOM),
      () => endAs(rich, frozen(failed('r', 'REVOKED'))),
      () => retry(rich, BOOM, frozen({ countdown: 1, eta: null, args: [], kwargs: {} })),
      () => replace(rich, frozen(part([fork('3.0', [[call('3.1')]])])), []),
      () => close(closed({ size: 2 }, { 1: failed('r.2'), 0: good(1) })),
    ]
    for (const deed of deeds) expect(deed()).toEqual(deed())
  })
})

const COURSE: Course = frozen({ run: 'r', root: 'r', parent: null, group: null, seat: null, aside: false })
const BOOM: ErrorRecord = frozen({ type: 'Error', message: 'boom', stack: null, cause: null })

function call(at: string, more: Partial<Call> = {}): Call {
  const nothing = { args: [], kwargs: {}, immutable: false, options: {}, link: [], errback: [] }
  return { op: 'call', at, task: `t${at}`, ...nothing, ...more }
}

function fork(at: string, branches: Fork['branches'], more: Partial<Fork> = {}): Fork {
  const size = 'op' in branches ? branches.to - branches.from : branches.length
  const rest = { policy: 'all', keep: false, options: {}, link: [], errback: [] } as const
  return { op: 'fork', at, branches, size, ...rest, ...more }
}

function message(more: Partial<CallMessage> = {}): CallMessage {
  return frozen({
    ...{
      kind: 'call',
      id: 'r.3',
      at: '3',
      task: 't3',
      args: ['a'],
      kwargs: { k: 1 },
      options: {},
      retries: 0,
    },
    ...{ countdown: 0, eta: null, link: [], errback: [], rest: [], ...COURSE },
    ...more,
  })
}

/** A chord that was closed with these in its seats. */
function closed(more: Partial<Chord>, seats: Readonly<Record<string, Verdict>>): Closed {
  const nothing = { size: 1, policy: 'all', keep: false, link: [], errback: [], rest: [] } as const
  const chord: Chord = { ...COURSE, id: 'r.0', at: '0', ...nothing, ...more }
  const taken = Object.entries(seats).map(([index, verdict]) => ({ index, verdict }))
  return frozen({ chord, seats: taken, isFull: taken.length >= chord.size, halt: null })
}

function part(plan: Plan): Compiled {
  return { plan, lists: {}, shape: [{ op: 'call', task: 't', at: 0 }], span: 2, calls: 2 }
}

function good(value: string | number): Verdict {
  return { state: 'SUCCESS', value }
}

function failed(id: string, state: Failed['state'] = 'FAILURE'): Failed {
  return {
    state,
    failure: { id, task: 't', error: BOOM, state, args: [], kwargs: {}, retries: 0, root: 'r' },
  }
}

/** The first message that is published. */
function messageIn(effects: readonly Effect[]): CallMessage {
  for (const effect of effects) if (effect.do === 'publish') return effect.message as CallMessage
  throw new Error('nothing is published')
}

/** What is done, to what, in order. */
function deedsOf(effects: readonly Effect[]): string[] {
  return effects.map((effect) => {
    switch (effect.do) {
      case 'open':
        return `open ${effect.chord.id}`
      case 'publish':
        return `publish ${effect.message.id}`
      case 'store':
      case 'note':
        return `${effect.do} ${effect.id}`
      case 'join':
      case 'widen':
        return `${effect.do} ${effect.seat.chord}:${effect.seat.index}`
      case 'launch':
        return `launch ${effect.chord}${effect.dismissed === null ? '' : ' dismissing'}`
      case 'graft':
        return `graft ${effect.at}`
      case 'keep':
        return `keep ${effect.failed.id}`
      default:
        return effect.do
    }
  })
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const item of Object.values(value)) frozen(item)
  return Object.freeze(value)
}
