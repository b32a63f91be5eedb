import { describe, expect, it } from 'vitest'
import { App } from '../app.ts'
import { argumentsBy, refusalBy, resultBy, type StandardSchema } from './schema.ts'

/** A schema that takes what a reader makes something of. */
function schema<In, Out>(read: (value: In) => Out): StandardSchema<In, Out> {
  const validate = (value: unknown) => {
    try {
      return { value: read(value as In) }
    } catch (error) {
      return { issues: [{ message: (error as Error).message, path: [{ key: 'rows' }, 2, 'id'] }] }
    }
  }
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

/** The same, but it answers later. */
function later<In, Out>(read: (value: In) => Out): StandardSchema<In, Out> {
  const { validate } = schema(read)['~standard']
  return { '~standard': { version: 1, vendor: 'test', validate: async (value) => validate(value) } }
}

const text = schema((value: string) => {
  if (typeof value !== 'string') throw new Error('is no text')
  return value
})
const date = schema((value: string) => new Date(value))

function refuse(): never {
  throw new Error('no')
}

describe('the schemas of a task', () => {
  it('make of its arguments what it is given', () => {
    const at = '2030-01-01T00:00:00.000Z'
    expect(argumentsBy({ args: [text, date] }, 't', ['a', at, 'more'])).toEqual(['a', new Date(at), 'more'])
    expect(argumentsBy({ args: schema(([a]: string[]) => [a, a]) }, 't', ['x'])).toEqual(['x', 'x'])
    expect(argumentsBy({}, 't', [1])).toEqual([1])
  })

  it('say which value they do not take, and why', () => {
    expect(() => argumentsBy({ args: [text, text] }, 't', ['a', 5])).toThrow(
      expect.objectContaining({
        code: 'value-refused',
        message: 'The arguments of t cannot be: args[1].rows[2].id: is no text. Its schema says so.',
      }),
    )
    expect(() => argumentsBy({ args: [text] }, 't', [])).toThrow(/args\[0\]/)
    expect(() => resultBy({ result: text }, 't', 5)).toThrow(
      /^The result of t cannot be: result\.rows\[2\]\.id: /,
    )
  })

  it('may answer later', async () => {
    const slow = later((value: string) => value.toUpperCase())
    await expect(argumentsBy({ args: [text, slow] }, 't', ['a', 'b'])).resolves.toEqual(['a', 'B'])
    await expect(resultBy({ result: slow }, 't', 'x')).resolves.toBe('X')
  })

  it('tell at once what will not be taken, where they can', () => {
    expect(refusalBy({ args: [text] }, 't', [5])).toMatchObject({ code: 'value-refused', path: 'args' })
    expect(refusalBy({ args: [later(refuse)] }, 't', [5])).toBeNull()
    expect(refusalBy({ args: [text] }, 't', ['a'])).toBeNull()
  })
})

describe('a task with a schema', () => {
  const app = new App()
  const when = app.task(
    { name: 'when', schema: { args: [text, date], result: text } },
    (who, day) => `${who} on ${day.getUTCDay()}`,
  )

  it('is given what it makes of the arguments, however it is called', async () => {
    expect(when('ada', '2030-01-01')).toBe('ada on 2')
    expect(await (await when.apply('ada', '2030-01-01')).get()).toBe('ada on 2')
  })

  it('refuses to be sent what it does not take', async () => {
    await expect(when.apply(5 as never, '2030-01-01')).rejects.toMatchObject({ code: 'value-refused' })
  })

  it('fails of what comes from the step before, and is not tried again', async () => {
    const five = app.task('five', () => 5 as unknown as string)
    let attempts = 0
    const options = { name: 'loud', autoretryFor: [Error], schema: { args: [text] } } as const
    const loud = app.task({ ...options, base: { beforeStart: () => void attempts++ } }, (said) => said)
    const result = await five.s().pipe(loud.s()).apply()
    await expect(result.get()).rejects.toMatchObject({ code: 'value-refused' })
    expect(attempts).toBe(1)
  })

  it('that is bound has itself in front', async () => {
    const options = { name: 'bound', bind: true, schema: { args: [text] } } as const
    const bound = app.task(options, (self, said) => `${self.request.task}: ${said}`)
    expect([bound('a'), await (await bound.apply('a')).get()]).toEqual(['bound: a', 'bound: a'])
  })

  it.each([{ args: 'text' }, { args: [{}] }, { result: () => true }, { arguments: text }])(
    'needs one: not %o',
    (wrong) => {
      expect(() => app.task({ name: 'wrong', schema: wrong as never }, () => 1)).toThrow(
        expect.objectContaining({ code: 'option-invalid' }),
      )
    },
  )
})
