-- exchange: all that a worker process tells and asks at once. May run when the server is full: it frees more than it takes.
--
-- ARGV  worker  number of this exchange  resultTtl (ms)
--       leaseMs  sweep ('1' or '')  asleep ('1': this worker waits in the sleepers of its queues)
--       how many commits, and of each: token, run, position, place, kind, ignored ('1': its value is not kept), wishes
--       how many receivers, and of each: how many messages it wants, how many queues, the queues
-- reply { now, when the next delayed message is due or '', commits, receivers }
--       a commit: 'D' done · 'F' fenced · { 'H', verdict } halted
--                 · { 'C', record, how many seats, is it full, halt or '', position, how many were added } closed
--       a receiver: { token, message, verdict or '', … }
-- An exchange that is asked again, because its reply was lost, answers as it did and changes nothing more.

local worker, number, ttl = take(), take(), takeNumber()
local leaseMs, sweep, asleep = takeNumber(), take(), take()
local now = milliseconds()
local held = heldKey(worker)
local lastKey = P .. 'last:' .. worker

-- What the same exchange did before, if its reply was lost. One that was repeated long ago and arrives only now has nobody
-- who waits for it: what it took would be held for nobody.
local before = nil
do
  local last = redis.call('GET', lastKey)
  local latest = last and tonumber(string.match(last, '^%d+')) or 0
  if latest > tonumber(number) then return { tostring(now), '', {}, {} } end
  if latest == tonumber(number) then before = last end
end

local acked = {}
local function wasAcked(token)
  return before ~= nil and string.find(before, '\n' .. token .. '\n', 1, true) ~= nil
end

local function isGrafted(run, place)
  return redis.call('HEXISTS', run.key, 'g:' .. place) == 1
end

-- A chord that closed stays closed, whatever is halted afterwards.
local function launches(wishes)
  for _, wish in ipairs(wishes) do
    if wish.kind == 'L' then return true end
  end
  return false
end

local function isFirst(run, wishes, kind, place)
  for _, wish in ipairs(wishes) do
    if wish.kind == 'L' and redis.call('EXISTS', chordKey(run.id, wish.pos)) == 0 then return false end
  end
  if launches(wishes) or kind == 's' then return true end
  return not run.kept and not isGrafted(run, place)
end

local function concludes(wishes, pos, verdict)
  for _, wish in ipairs(wishes) do
    if wish.kind == 'S' and wish.pos == pos and string.sub(wish.verdict, 1, 1) == string.sub(verdict, 1, 1) then
      return true
    end
  end
  return false
end

-- The chord that a seat among the wishes closes, unless what follows it is among them.
local function closedBy(run, wishes)
  local launched = {}
  for _, wish in ipairs(wishes) do
    if wish.kind == 'L' then launched[wish.pos] = true end
  end
  for _, wish in ipairs(wishes) do
    if wish.kind == 'W' then run:widen(wish.pos, wish.index) end
    if wish.kind == 'J' and run:join(wish.pos, wish.index, wish.good, wish.verdict) and not launched[wish.pos] then
      return wish.pos
    end
  end
  return nil
end

local function closed(run, pos)
  local f = redis.call('HMGET', chordKey(run.id, pos), 'record', 'size', 'added', 'good', 'bad', 'halt')
  local isFull = tonumber(f[4]) + tonumber(f[5]) >= tonumber(f[2]) + tonumber(f[3])
  return { 'C', f[1], f[2], isFull and '1' or '', f[6], pos, f[3] }
end

-- So that the task is not run again if its worker dies before it asks again. A value that is not kept cannot help, and
-- what a task added to its chord can only be had by running it again.
local function keepOwn(run, wishes, ignored)
  for _, wish in ipairs(wishes) do
    if wish.kind == 'G' or wish.kind == 'B' then return end
  end
  for _, wish in ipairs(wishes) do
    if wish.kind == 'S' and wish.pos == run.pos and not ignored then
      run:store(wish.pos, wish.verdict, wish.counts, wish.change)
    end
  end
end

local function commit()
  local token, id, pos, place, kind, ignored = take(), take(), take(), take(), take(), take()
  local wishes = takeWishes()
  if wasAcked(token) then
    acked[#acked + 1] = token
    return 'D'
  end
  if redis.call('HEXISTS', held, token) == 0 then return 'F' end
  local run = openRun(id, pos)
  if run then
    local halt = kind == 'c' and not run.kept and not launches(wishes) and run:haltOf(place)
    if halt and not concludes(wishes, pos, halt) then return { 'H', halt } end
    local chord = closedBy(run, wishes)
    if chord then
      keepOwn(run, wishes, ignored == '1')
      run:close(ttl)
      return closed(run, chord)
    end
    if isFirst(run, wishes, kind, place) then
      for _, wish in ipairs(wishes) do run:grant(now, wish) end
    end
    run.live = run.live - 1
    run:close(ttl)
  end
  redis.call('HDEL', held, token)
  acked[#acked + 1] = token
  return 'D'
end

-- A worker that let its lease run out is dead: what it held goes back to the front of its queue.
local MOST_SWEPT = 100
local function sweepLost()
  local dead = redis.call('ZRANGE', WORKERS, '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
  if not dead then return end
  local rest = redis.call('HSCAN', heldKey(dead), '0', 'COUNT', MOST_SWEPT)[2]
  for i = 1, #rest, 2 do
    local head = headOf(rest[i + 1])
    redis.call('HDEL', heldKey(dead), rest[i])
    enqueue(head.queue, head.priority, counted(rest[i + 1], head), true)
  end
  if redis.call('HLEN', heldKey(dead)) == 0 then redis.call('ZREM', WORKERS, dead) end
end

-- The lowest priority number first.
local function pop(queue, most)
  local lines = redis.call('SMEMBERS', prioritiesKey(queue))
  lines[#lines + 1] = USUAL_PRIORITY
  table.sort(lines)
  local messages = {}
  for _, priority in ipairs(lines) do
    local found = redis.call('LPOP', lineKey(queue, priority), most - #messages)
    if found then
      for _, message in ipairs(found) do messages[#messages + 1] = message end
    end
    if #messages >= most then break end
  end
  if news[queue] then news[queue] = news[queue] - #messages end
  return messages
end

-- What became of a message meanwhile. Most runs have no halts, and need not be asked for them.
local anyHalts = redis.call('SCARD', HALTED) > 0
local function verdictOf(message)
  local head = headOf(message)
  if head.kind == 's' then return '' end
  local kept = redis.call('HGET', runKey(head.run), 'r:' .. head.pos)
  if kept then return kept end
  if not anyHalts or head.kind ~= 'c' then return '' end
  return haltAt(head.run, head.at) or ''
end

local function receive(nth)
  local want, queues = takeNumber(), {}
  for i = 1, takeNumber() do queues[i] = take() end
  local got, holding = {}, {}
  local function hold(message)
    local token = number .. '.' .. nth .. '.' .. (#got / 3 + 1)
    got[#got + 1] = token
    got[#got + 1] = message
    got[#got + 1] = verdictOf(message)
    holding[#holding + 1] = token
    holding[#holding + 1] = message
  end
  if before then
    while true do
      local token = number .. '.' .. nth .. '.' .. (#got / 3 + 1)
      local message = redis.call('HGET', held, token)
      if not message then break end
      hold(message)
    end
    return got
  end
  -- Each queue its share, then what they leave to those who have more.
  for round = 1, 2 do
    for i, queue in ipairs(queues) do
      local left = want - #got / 3
      local share = round == 1 and math.ceil(left / (#queues - i + 1)) or left
      if share > 0 then
        for _, message in ipairs(pop(queue, share)) do hold(message) end
      end
    end
  end
  for from = 1, #holding, AT_ONCE do
    redis.call('HSET', held, unpack(holding, from, math.min(#holding, from + AT_ONCE - 1)))
  end
  for _, queue in ipairs(queues) do
    if asleep == '1' then redis.call('SREM', sleepersKey(queue), worker) end
    if want > 0 and #got == 0 then redis.call('SADD', sleepersKey(queue), worker) end
  end
  return got
end

local commits = {}
for i = 1, takeNumber() do commits[i] = commit() end
local receivers = {}
local count = takeNumber()
if count > 0 then
  if asleep == '1' then redis.call('DEL', wakeKey(worker)) end
  promoteDue(now)
  if sweep == '1' then sweepLost() end
  redis.call('ZADD', WORKERS, 'NX', now + leaseMs, worker)
end
for i = 1, count do receivers[i] = receive(i) end
wakeSleepers(now)
redis.call('SET', lastKey, number .. '\n' .. table.concat(acked, '\n') .. '\n', 'PX', 86400000)
local due = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
return { tostring(now), due[2] or '', commits, receivers }
