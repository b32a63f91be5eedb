-- Places of runs that were halted, and members that a chord has dismissed.
--
-- A halt is a text of five lines: what stands in front of the number, the first, the end, the id it takes, the verdict. The
-- first halt of a place counts.

local HALTED = P .. 'halted' -- the runs under way that have halts or dismissals
local CALLING = P .. 'calling'
local REOPENS = 'r' -- stands for what is reopened, in portions as well
local PORTION = 200
local MOST_NESTED = 100000 -- chords in one another: what is a circle ends, too

local openRun
local Reopening

local function chordKey(run, pos) return key('chord', run .. '.' .. pos) end

local Halts = rarely(function(Halts)
  local haltsByRun = {}
  local function haltsOf(run)
    local halts = haltsByRun[run]
    if halts then return halts end
    halts = {}
    for i, halt in ipairs(redis.call('LRANGE', key('halt', run), 0, -1)) do
      local lead, first, finish, _, verdict = string.match(halt, '^([^\n]*)\n(%d+)\n(%d+)\n([^\n]*)\n(.*)$')
      halts[i] = { lead = lead or '', first = tonumber(first or 0), finish = tonumber(finish or 0), verdict = verdict }
    end
    haltsByRun[run] = halts
    return halts
  end

  local function covers(halt, place)
    if string.sub(place, 1, #halt.lead) ~= halt.lead then return false end
    local number = tonumber(string.match(place, '^%d+', #halt.lead + 1))
    return number and number >= halt.first and number < halt.finish
  end

  local function haltAt(run, place)
    for _, halt in ipairs(haltsOf(run)) do
      if covers(halt, place) then return halt.verdict end
    end
    return nil
  end

  -- A chord that is not over yet may sit in one that is.
  local function dismissedAt(run, seat)
    for _ = 1, MOST_NESTED do
      if seat == '-' then break end
      local pos = string.sub(seat, 2)
      local launched = redis.call('HGET', key('run', run), 'c:' .. pos)
      if launched then return launched ~= '1' and launched or nil end
      seat = redis.call('HGET', chordKey(run, pos), 'seat') or '-'
    end
    return nil
  end

  -- The verdict with which something ends that was halted or dismissed; nil if it was not.
  function Halts.stopOf(run, kind, at, seat)
    if kind == 's' then return nil end
    return kind == 'c' and haltAt(run, at) or dismissedAt(run, seat)
  end

  function Halts.stopOfMessage(message)
    local head = headIn(message)
    return Halts.stopOf(head.run, head.kind, head.at, head.seat)
  end

  -- What is stopped does not wait until it is due. There may be much of it, so it is called off in portions: `calling` says
  -- which halt of which run is at work, and how far. `what` is the number of a halt, or d for those who were dismissed.
  local function isCalledOff(run, what, head)
    if what == 'd' then return Halts.stopOf(run, head.kind, head.at, head.seat) end
    return head.kind == 'c' and covers(haltsOf(run)[tonumber(what)], head.at)
  end

  function Halts.portion(calling)
    local run, what = string.match(calling, '^(.*)\n(%w+)$')
    if what == REOPENS then return Reopening.portion(openRun(run), calling) end
    local found = redis.call('SSCAN', key('due', run), redis.call('HGET', CALLING, calling), 'COUNT', PORTION)
    for _, member in ipairs(found[2]) do
      if isCalledOff(run, what, headIn(Delayed.messageOf(member))) then Delayed.enqueue(member) end
    end
    if found[1] == '0' then redis.call('HDEL', CALLING, calling) else redis.call('HSET', CALLING, calling, found[1]) end
  end

  -- Who runs what is stopped is told.
  function Halts.callOff(run, mark, what)
    run:mark(mark)
    redis.call('SADD', HALTED, run.id)
    local calling = run.id .. '\n' .. what
    redis.call('HSET', CALLING, calling, '0')
    Halts.portion(calling)
    redis.call('SPUBLISH', P .. 'halts', run.id)
  end

  function Halts.add(run, halt)
    local count = redis.call('RPUSH', key('halt', run.id), halt)
    haltsByRun[run.id] = nil
    Halts.callOff(run, 'h', string.format('%d', count))
  end
end)

-- A portion of whatever is being called off; true if there is more.
local function callOffMore()
  local calling = redis.call('HRANDFIELD', CALLING)
  if not calling then return false end
  Halts.portion(calling)
  return redis.call('HLEN', CALLING) > 0
end
