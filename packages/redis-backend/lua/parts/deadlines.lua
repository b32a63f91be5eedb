-- Deadlines of runs: halts, in the same form, that come at a moment.

local DEADLINES = P .. 'deadlines' -- of the runs under way that have one

local Deadlines = rarely(function(Deadlines)
  function Deadlines.set(run, moment)
    run:mark('t')
    redis.call('ZADD', DEADLINES, moment, run.id)
  end

  function Deadlines.of(run)
    return tonumber(redis.call('ZSCORE', DEADLINES, run.id) or nil)
  end

  function Deadlines.drop(run)
    run:unmark('t')
    redis.call('ZREM', DEADLINES, run.id)
  end

  -- A run whose deadline has passed is halted before anything else is done with it.
  function Deadlines.keep(run, now)
    local moment = Deadlines.of(run)
    if not moment or moment > now then return end
    Deadlines.drop(run)
    Halts.add(run, redis.call('HGET', run.key, 'deadline'))
    run:tell('')
  end

  -- A portion of those whose deadlines have passed; true if there may be more.
  local MOST_OVERDUE = 20
  function Deadlines.keepAll(now)
    local overdue = redis.call('ZRANGE', DEADLINES, '-inf', now, 'BYSCORE', 'LIMIT', 0, MOST_OVERDUE)
    for _, id in ipairs(overdue) do
      local run = openRun(id)
      if run then run:keepTime(now) else redis.call('ZREM', DEADLINES, id) end
    end
    return #overdue == MOST_OVERDUE
  end
end)

local function nextDeadline()
  return redis.call('ZRANGE', DEADLINES, 0, 0, 'WITHSCORES')[2] or ''
end
