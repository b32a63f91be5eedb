-- exchange: all that a worker process tells and asks at once. May run when the server is full: it ends more than it begins.
--
-- ARGV  worker  number of this exchange  resultTtl (ms)  leaseMs  sweep ('1' or '')
--       how many commits, the token of each, and of each: run, position, flags, how many arguments follow for it, how many lists
--         on the stage it needs, the key and the length of each, wishes
--       how many queues in which others of this process sleep that are not asked for here, the queues
--       how many receivers, and of each: how many messages it wants, how many queues, the queues
--   flags  the letter of the verdict it brings for itself or '-', then: l launches chords · s is a spread
--          · k its own verdict may be kept when it closes a chord
--   wishes L chords that it launches, W and J seats, V its own verdict, then all others
-- reply { now, when the next delayed message is due or '', commits, receivers, '1' if there is more to be swept or called off,
--         when the next run has to be over or '' }
--       a commit: 'D' done · 'F' fenced · 'S' the stage has lost something, fill it again · { 'H', verdict } halted
--                 · { 'C', record, how many seats, is it full, halt or '', position, how many were added } closed
--       a receiver: { message, verdict or '', … }; the tokens are <number>.<receiver>.<message>, counted from 1
-- A commit that is asked again, because its reply was lost, is fenced or told what it was told; an exchange hands out again
-- what it has handed out before.

local worker, number, ttl = take(), take(), takeNumber()
local leaseMs, sweep = takeNumber(), take()
local now = milliseconds()
local held = key('held', worker)
local lastKey = key('last', worker)

local function takeWish(stop)
  return cursor < stop and take() or nil
end

local Seating = rarely(function(Seating)
  -- What is launched, whether it still can be, and the wish behind.
  function Seating.launches(run, wish, stop)
    local launches, areOpen = {}, true
    while wish == 'L' do
      local pos = take()
      launches[pos] = { dismissed = take(), broken = take() }
      areOpen = areOpen and Chords.of(run, pos)
      wish = takeWish(stop)
    end
    return launches, areOpen, wish
  end

  -- The position of the chord that a seat closes, unless it is among those that are launched; and the wish behind the seats.
  function Seating.seats(run, launches, wish, stop)
    while wish == 'W' or wish == 'J' do
      local pos, index = take(), take()
      local chord = Chords.of(run, pos)
      if wish == 'W' then
        if chord then Chords.widen(chord, index) end
      else
        local isGood, verdict = take() == '1', take()
        if chord and Chords.join(chord, index, isGood, verdict) and not launches[pos] then return pos, takeWish(stop) end
        if not chord then Chords.joinLaunched(run, pos, index, isGood, verdict) end
      end
      wish = takeWish(stop)
    end
    return nil, wish
  end
end)

-- A repeated end or replacement changes nothing.
local function isFirst(run, pos, message)
  if run:kept(pos) then return false end
  return not run:has('g') or redis.call('HEXISTS', run.key, 'g:' .. headIn(message).at) == 0
end

local NONE = {}
local function commitTo(run, pos, message, flags, stop)
  run.isAside = run:has('k') and headIn(message).kind == 'a'
  local isSpread, isLaunching = string.find(flags, 's', 2, true), string.find(flags, 'l', 2, true)
  if run:isStopped() and not isSpread and not isLaunching and not run:kept(pos) then
    local verdict = Halts.stopOfMessage(message)
    if verdict and string.sub(verdict, 1, 1) ~= string.sub(flags, 1, 1) then return { 'H', verdict } end
  end
  local launches, areOpen, closing, wish = NONE, true, nil, takeWish(stop)
  if wish == 'L' then launches, areOpen, wish = Seating.launches(run, wish, stop) end
  if wish == 'W' or wish == 'J' then closing, wish = Seating.seats(run, launches, wish, stop) end
  if closing then
    -- So that the task is not run again if its worker dies before it asks again.
    if wish == 'V' and string.find(flags, 'k', 2, true) then run:store(pos, takeNumber(), take()) end
    return Chords.told(Chords.of(run, closing), closing)
  end
  local isGranted
  if isLaunching then
    isGranted = areOpen
  else
    isGranted = isSpread or (wish == 'V' and not run:has('g')) or isFirst(run, pos, message)
  end
  if isGranted then
    for chord, how in pairs(launches) do Chords.launch(run, chord, how.dismissed, how.broken) end
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
    elseif not isStaged() then
      replies[i] = 'S'
    elseif run then
      run:keepTime(now)
      replies[i] = commitTo(run, pos, messages[i], flags, stop)
    else
      replies[i] = 'D'
    end
    if replies[i] == 'D' then
      ended[#ended + 1] = token
      if string.sub(messages[i], -1) ~= '}' then Lists.dropBody(messages[i]) end
    end
    cursor = stop
  end
  if #ended > 0 then redis.call('HDEL', held, unpack(ended)) end
  flushRuns(ttl)
  return replies
end

local Lost = rarely(function(Lost)
  -- What cannot be read is set aside as it is.
  local function takeBack(from, token, message)
    redis.call('HDEL', key('held', from), token)
    local head = headOf(message)
    if head then return Line.enqueueFirst(head.queue, head.priority, Message.counted(message, head)) end
    Message.bury(from .. ' ' .. token, now, '', message)
  end

  -- A worker that let its lease run out is dead: what it held goes back to the front of its queue. True if there is more of it.
  local MOST_SWEPT = 200
  function Lost.sweep()
    local left = MOST_SWEPT
    for _, dead in ipairs(redis.call('ZRANGE', WORKERS, '-inf', now, 'BYSCORE', 'LIMIT', 0, MOST_SWEPT)) do
      local rest = redis.call('HSCAN', key('held', dead), '0', 'COUNT', left)[2]
      for i = 1, #rest, 2 do takeBack(dead, rest[i], rest[i + 1]) end
      left = left - #rest / 2 - 1
      if redis.call('HLEN', key('held', dead)) == 0 then redis.call('ZREM', WORKERS, dead) end
      if left <= 0 then break end
    end
    return redis.call('ZCOUNT', WORKERS, '-inf', now) > 0
  end

  -- What an exchange of this number has handed out before, up to the first that is held no more. Nobody can be told of what is
  -- held behind that: it goes back, as if never delivered.
  function Lost.heldBefore(nth, want)
    local messages, rest, hasGap = {}, {}, false
    for i = 1, want do
      local token = number .. '.' .. nth .. '.' .. i
      local message = redis.call('HGET', held, token)
      hasGap = hasGap or not message
      if not hasGap then
        messages[i] = message
      elseif message then
        rest[#rest + 1] = { token = token, message = message, head = headOf(message) }
      end
    end
    for i = #rest, 1, -1 do
      local one = rest[i]
      if one.head then
        redis.call('HDEL', held, one.token)
        Line.enqueueFirst(one.head.queue, one.head.priority, one.message)
      else
        takeBack(worker, one.token, one.message)
      end
    end
    return messages
  end
end)

-- What became of a message meanwhile. One that was never delivered has no verdict, and most runs have no halts.
local anyHalts = false
local function verdictOf(message)
  local isNew = string.sub(message, 1, 2) == '0\n'
  if isNew and not anyHalts then return '' end
  local head = headOf(message)
  if not head or head.kind == 's' then return '' end
  local kept = not isNew and redis.pcall('HGET', key('run', head.run), 'r:' .. head.pos)
  if type(kept) == 'string' then return kept end
  return anyHalts and redis.call('SISMEMBER', HALTED, head.run) == 1 and Halts.stopOf(head.run, head.kind, head.at, head.seat) or ''
end

-- Each queue its share, then what they leave to those who have more.
local function popShares(queues, want)
  local messages = {}
  for round = 1, math.min(#queues, 2) do
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

-- In which queues this process sleeps when this exchange is over: where others of it do, and where somebody got nothing.
local sleeps = {}
local filled = {}

-- Whoever got all he wanted may leave something to others who sleep: the word is passed on.
local function sleepAndWake()
  for queue, isFilled in pairs(filled) do
    if sleeps[queue] then
      redis.call('SADD', key('sleepers', queue), worker)
      redis.call('PEXPIRE', key('sleepers', queue), 60000)
    else
      redis.call('SREM', key('sleepers', queue), worker)
      if isFilled and redis.call('SCARD', key('sleepers', queue)) > 0 then arrivals[queue] = Line.backlog(queue) end
    end
  end
end

-- Whoever asks again gets what he got.
local function receive(nth, isRepeated)
  local want, queues, got = takeNumber(), {}, {}
  for i = 1, takeNumber() do queues[i] = take() end
  local messages = isRepeated and Lost.heldBefore(nth, want) or popShares(queues, want)
  if not isRepeated then
    local holding = {}
    for i, message in ipairs(messages) do
      holding[#holding + 1] = number .. '.' .. nth .. '.' .. i
      holding[#holding + 1] = message
    end
    inPortions('HSET', held, holding)
    for _, queue in ipairs(queues) do
      filled[queue] = filled[queue] or (want > 0 and #messages == want)
      sleeps[queue] = sleeps[queue] or (want > 0 and #messages == 0)
    end
  end
  for _, message in ipairs(messages) do
    got[#got + 1] = message
    got[#got + 1] = verdictOf(message)
  end
  return got
end

-- The greatest numbers of exchanges that were answered: one may overtake another. Of those that are less than all of them, one
-- may have been answered before, so it counts as such.
local REMEMBERED = 8
local function answeredIn(text)
  local answered = {}
  for one in string.gmatch(text, '%d+') do answered[#answered + 1] = tonumber(one) end
  return answered
end

local function isAnswered(answered, one)
  for _, other in ipairs(answered) do
    if other == one then return true end
  end
  return #answered == REMEMBERED and one < answered[1]
end

local function withAnswered(answered, one)
  answered[#answered + 1] = one
  table.sort(answered)
  if #answered > REMEMBERED then table.remove(answered, 1) end
  for i, other in ipairs(answered) do answered[i] = string.format('%d', other) end
  return table.concat(answered, ' ')
end

-- What is handed out is held for a whole term.
local function receiveAll()
  for _ = 1, takeNumber() do sleeps[take()] = true end
  local count = takeNumber()
  if count == 0 then
    flushLines()
    return {}, false
  end
  local answered = answeredIn(redis.call('GET', lastKey) or '')
  local isRepeated = isAnswered(answered, tonumber(number))
  redis.call('DEL', key('wake', worker))
  promoteDue(now)
  local isMore = callOffMore()
  flushLines()
  if sweep == '1' then isMore = Lost.sweep() or isMore end
  anyHalts = redis.call('SCARD', HALTED) > 0
  local received, hasAny = {}, false
  for i = 1, count do
    received[i] = receive(i, isRepeated)
    hasAny = hasAny or #received[i] > 0
  end
  redis.call('ZADD', WORKERS, hasAny and 'GT' or 'NX', now + leaseMs, worker)
  sleepAndWake()
  if isRepeated then return received, true end -- who got nothing sleeps nowhere: he asks once more
  redis.call('SET', lastKey, withAnswered(answered, tonumber(number)), 'PX', 86400000)
  return received, isMore
end

local deadline, isOverdue = nextDeadline(), false
if deadline ~= '' and tonumber(deadline) <= now then
  isOverdue = Deadlines.keepAll(now)
  deadline = nextDeadline()
end
local commits = commitAll()
local received, isMore = receiveAll()
wakeSleepers(now)
local due = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
return { tostring(now), due[2] or '', commits, received, (isMore or isOverdue) and '1' or '', deadline }
