-- Long plans, branches of wide forks and long bodies, which runs keep as lists.

local Lists = rarely(function(Lists)
  -- What was put on the stage by the client before; it has been looked whether all of it is there (`isStaged`).
  local function takeFromStage(staged, at)
    redis.call('RENAME', staged, at)
    redis.call('PERSIST', at)
  end

  -- They are dropped, or expire, with the run.
  function Lists.name(run, names)
    run:mark('l')
    local before = redis.call('HGET', run.key, 'lists') or ''
    redis.call('HSET', run.key, 'lists', before .. '\n' .. table.concat(names, '\n'))
  end

  -- So many come along, or are on the stage.
  function Lists.take(run, count)
    local names = {}
    for _ = 1, count do
      local name, staged, items = take(), take(), {}
      for n = 1, takeNumber() do items[n] = take() end
      local at = key('list', run.id .. '.' .. name)
      if staged ~= '' then takeFromStage(staged, at) end
      inPortions('RPUSH', at, items)
      names[#names + 1] = name
    end
    Lists.name(run, names)
  end

  -- The body of a long message is kept until that is acknowledged.
  function Lists.takeBody(run, name, staged)
    takeFromStage(staged, key('list', run.id .. '.' .. name))
  end

  function Lists.dropBody(message)
    local name = Message.bodyOf(message)
    if name then redis.call('UNLINK', key('list', headIn(message).run .. '.' .. name)) end
  end

  function Lists.keysOf(run)
    local keys = {}
    if run:has('l') then
      for name in string.gmatch(redis.call('HGET', run.key, 'lists'), '[^\n]+') do
        keys[#keys + 1] = key('list', run.id .. '.' .. name)
      end
    end
    return keys
  end
end)
