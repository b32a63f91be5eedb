-- exchange: all that a worker process tells and asks at once. May run when the server is full: it frees more than it takes.
--
-- ARGV  worker  number of this exchange  resultTtl (ms)  leaseMs
--       sweep ('1' or '')  asleep ('1': this worker waits in the sleepers of its queues)
--       how many commits, the token of each, and of each: run, position, flags, how many arguments its wishes have, wishes
--       how many receivers, and of each: how many messages it wants, how many queues, the queues
--   flags  the letter of the verdict it brings for itself or '-', then: l launches chords · s is a spread
--          · k its own verdict may be kept when it closes a chord
--   wishes L chords that it launches, W and J seats, V its own verdict, then all others
-- reply { now, when the next delayed message is due or '', commits, receivers }
--       a commit: 'D' done · 'F' fenced · { 'H', verdict } halted
--                 · { 'C', record, how many seats, is it full, halt or '', position, how many were added } closed
--       a receiver: { message, verdict or '', … }; the tokens are <number>.<receiver>.<message>, counted from 1
-- A commit that is asked again, because its reply was lost, is fenced or told what it was told; an exchange hands out again
-- what it has handed out before.

local worker, number, ttl = take(), take(), takeNumber()
local leaseMs, sweep, asleep = takeNumber(), take(), take()
local now = milliseconds()
local held = heldKey(worker)
local lastKey = P .. 'last:' .. worker

local function takeWish(stop)
  return cursor < stop and take() or nil
end

-- What is launched, whether it still can be, and the wish behind.
local function takeLaunches(run, stop)
  local launches, areOpen, wish = {}, true, takeWish(stop)
  while wish == 'L' do
    local pos = take()
    launches[pos] = take()
    areOpen = areOpen and run:chord(pos)
    wish = takeWish(stop)
  end
  return launches, areOpen, wish
end

-- The position of the chord that a seat closes, unless it is among those that are launched; and the wish behind the seats.
local function takeSeats(run, launches, wish, stop)
  while wish == 'W' or wish == 'J' do
    local pos, index = take(), take()
    local chord = run:chord(pos)
    if wish == 'W' then
      if chord then chord:widen(index) end
    else
      local isGood, verdict = take() == '1', take()
      if chord and chord:join(index, isGood, verdict) and not launches[pos] then return pos, takeWish(stop) end
    end
    wish = takeWish(stop)
  end
  return nil, wish
end

-- A repeated end or replacement changes nothing.
local function isFirst(run, pos, message)
  if run:kept(pos) then return false end
  return not run:has('g') or redis.call('HEXISTS', run.key, 'g:' .. headOf(message).at) == 0
end

local function commitTo(run, pos, message, flags, stop)
  local isSpread, isLaunching = string.find(flags, 's', 2, true), string.find(flags, 'l', 2, true)
  if run:isStopped() and not isSpread and not isLaunching and not run:kept(pos) then
    local verdict = run:stops(message)
    if verdict and string.sub(verdict, 1, 1) ~= string.sub(flags, 1, 1) then return { 'H', verdict } end
  end
  local launches, areOpen, wish = takeLaunches(run, stop)
  local closing
  closing, wish = takeSeats(run, launches, wish, stop)
  if closing then
    -- So that the task is not run again if its worker dies before it asks again.
    if wish == 'V' and string.find(flags, 'k', 2, true) then run:store(pos, takeNumber(), take()) end
    return run:chord(closing):told(closing)
  end
  local isGranted
  if isLaunching then
    isGranted = areOpen
  else
    isGranted = isSpread or (wish == 'V' and not run:has('g')) or isFirst(run, pos, message)
  end
  if isGranted then
    for chord, dismissed in pairs(launches) do run:launch(chord, dismissed) end
    if wish == 'V' then
      isGranted = run:store(pos, takeNumber(), take()) or isLaunching
      wish = takeWish(stop)
    end
    if isGranted and wish then
      cursor = cursor - 1
      grantUntil(stop, run, pos, now)
    end
  end
  run.live = run.live - 1
  return 'D'
end

local function takeTokens()
  local tokens = {}
  for i = 1, takeNumber() do tokens[i] = take() end
  return tokens
end

local function commitAll()
  local tokens, replies, ended = takeTokens(), {}, {}
  local messages = #tokens > 0 and redis.call('HMGET', held, unpack(tokens)) or {}
  for i, token in ipairs(tokens) do
    local id, pos, flags = take(), take(), take()
    local length = takeNumber()
    local stop = cursor + length
    local run = messages[i] and openRun(id)
    if not messages[i] then
      replies[i] = 'F'
    elseif run then
      replies[i] = commitTo(run, pos, messages[i], flags, stop)
    else
      replies[i] = 'D'
    end
    if replies[i] == 'D' then ended[#ended + 1] = token end
    cursor = stop
  end
  if #ended > 0 then redis.call('HDEL', held, unpack(ended)) end
  flushRuns(ttl)
  return replies
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
    enqueueFirst(head.queue, head.priority, counted(rest[i + 1], head))
  end
  if redis.call('HLEN', heldKey(dead)) == 0 then redis.call('ZREM', WORKERS, dead) end
end

-- What became of a message meanwhile. One that was never delivered has no verdict, and most runs have no halts.
local anyHalts = redis.call('SCARD', HALTED) > 0
local function verdictOf(message)
  local isNew = string.sub(message, 1, 2) == '0\n'
  if isNew and not anyHalts then return '' end
  local head = headOf(message)
  if head.kind == 's' then return '' end
  local kept = not isNew and redis.call('HGET', runKey(head.run), 'r:' .. head.pos)
  if kept then return kept end
  return anyHalts and redis.call('SISMEMBER', HALTED, head.run) == 1 and stopOf(head.run, head.kind, head.at, head.seat) or ''
end

-- Each queue its share, then what they leave to those who have more.
local function popShares(queues, want)
  local messages = {}
  for round = 1, 2 do
    for i, queue in ipairs(queues) do
      local left = want - #messages
      local share = round == 1 and math.ceil(left / (#queues - i + 1)) or left
      if share > 0 then
        for _, message in ipairs(pop(queue, share)) do messages[#messages + 1] = message end
      end
    end
  end
  return messages
end

-- What an exchange of this number has handed out before, as far as it is held still.
local function heldBefore(nth)
  local messages = {}
  while true do
    local message = redis.call('HGET', held, number .. '.' .. nth .. '.' .. (#messages + 1))
    if not message then return messages end
    messages[#messages + 1] = message
  end
end

-- Whoever was woken and leaves something in a queue passes the word on.
local function sleepOrWake(queue, isFull, isEmpty)
  if asleep == '1' then
    redis.call('SREM', sleepersKey(queue), worker)
    if isFull and redis.call('SCARD', sleepersKey(queue)) > 0 then arrivals[queue] = backlog(queue) end
  end
  if isEmpty then redis.call('SADD', sleepersKey(queue), worker) end
end

local function receive(nth, isRepeated)
  local want, queues = takeNumber(), {}
  for i = 1, takeNumber() do queues[i] = take() end
  if isRepeated then
    local got = {}
    for _, message in ipairs(heldBefore(nth)) do
      got[#got + 1] = message
      got[#got + 1] = verdictOf(message)
    end
    return got
  end
  local messages, got, holding = popShares(queues, want), {}, {}
  for i, message in ipairs(messages) do
    got[#got + 1] = message
    got[#got + 1] = verdictOf(message)
    holding[#holding + 1] = number .. '.' .. nth .. '.' .. i
    holding[#holding + 1] = message
  end
  inPortions('HSET', held, holding)
  for _, queue in ipairs(queues) do sleepOrWake(queue, #messages == want, want > 0 and #messages == 0) end
  return got
end

local function receiveAll()
  local count = takeNumber()
  if count == 0 then
    flushLines()
    return {}
  end
  local isRepeated = tonumber(redis.call('GET', lastKey) or 0) >= tonumber(number)
  if asleep == '1' then redis.call('DEL', wakeKey(worker)) end
  promoteDue(now)
  flushLines()
  if sweep == '1' then sweepLost() end
  redis.call('ZADD', WORKERS, 'NX', now + leaseMs, worker)
  local received = {}
  for i = 1, count do received[i] = receive(i, isRepeated) end
  if not isRepeated then redis.call('SET', lastKey, number, 'PX', 86400000) end
  return received
end

local commits = commitAll()
local received = receiveAll()
wakeSleepers(now)
local due = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
return { tostring(now), due[2] or '', commits, received }
