-- Messages in their lines, delayed, or held by a worker; and who sleeps because there are none.
--
-- A message is a head of seven lines: deliveries so far (with a k: its verdict is kept already), queue, priority, run,
-- position, place, kind (c call, a call of an errback, s spread) with its seat ("-", or "=" and the position of the chord it
-- sits in). Behind it stands a body of JSON, which ends with a brace, or the name of the list where its body is kept.

local USUAL_PRIORITY = '5'
local DELAYED = P .. 'delayed'
local DELAYED_IN = P .. 'delayed-in' -- how many of them belong to which queue
local QUEUES = P .. 'queues' -- the names of those that are not empty, and of some that are
local WORKERS = P .. 'workers'
local DEAD = P .. 'dead'

local function lineKey(queue, priority) return P .. 'line:' .. queue .. ':' .. priority end

local MESSAGE = '^(%d+)k?\n([^\n]*)\n(%d)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(%a)([^\n]*)\n'
-- Its head; nil if it is none of ours.
local function headOf(message)
  local count, queue, priority, run, pos, at, kind, seat = string.match(message, MESSAGE)
  return count and {
    count = tonumber(count), queue = queue, priority = priority, run = run, pos = pos, at = at, kind = kind, seat = seat
  }
end

-- The head of a message that was one when it was taken in. If it is none any more, somebody else has written there.
local NO_HEAD = { count = 0, queue = '', priority = '', run = '', pos = '', at = '', kind = '', seat = '-' }
local function headIn(message)
  return headOf(message) or NO_HEAD
end

local Message = rarely(function(Message)
  -- One that was delivered once more.
  function Message.counted(message, head)
    return string.format('%d', head.count + 1) .. string.sub(message, (string.find(message, '\n', 1, true)))
  end

  -- One that was given back before it was run, but has its verdict.
  function Message.marked(message, head)
    return string.format('%dk', head.count) .. string.sub(message, (string.find(message, '\n', 1, true)))
  end

  -- The name of the list where its body is kept, if that is not in it.
  function Message.bodyOf(message)
    if string.sub(message, -1) == '}' then return nil end
    local _, stop = string.find(message, MESSAGE)
    return stop and string.sub(message, stop + 1)
  end

  -- What is none is set aside.
  local UNREADABLE = '!' -- and why, in the rest of the line
  function Message.bury(id, now, why, message)
    redis.call('HSET', DEAD, id, string.format('%d', now) .. '\n' .. UNREADABLE .. string.gsub(why, '\n', ' ') .. '\n' .. message)
  end
end)

-- How many messages came to each queue, so that as many sleepers are woken in the end; and what stands in line for it
-- until `flushLines`.
local arrivals = {}
local lines = {}

local function arrive(queue, count)
  arrivals[queue] = (arrivals[queue] or 0) + count
end

local function enqueue(queue, priority, message)
  local at = lineKey(queue, priority)
  local line = lines[at]
  if not line then
    line = { queue = queue }
    lines[at] = line
    if priority ~= USUAL_PRIORITY then redis.call('SADD', key('priorities', queue), priority) end
  end
  line[#line + 1] = message
  arrive(queue, 1)
end

local function flushLines()
  for at, line in pairs(lines) do
    local wasEmpty = inPortions('RPUSH', at, line) == #line
    if wasEmpty then redis.call('SADD', QUEUES, line.queue) end
  end
  lines = {}
end

-- The lines of a queue, the lowest priority number first.
local function linesOf(queue)
  local priorities = redis.call('SMEMBERS', key('priorities', queue))
  priorities[#priorities + 1] = USUAL_PRIORITY
  if #priorities > 1 then table.sort(priorities) end
  return priorities
end

local function pop(queue, most)
  local messages = {}
  for _, priority in ipairs(linesOf(queue)) do
    local found = redis.call('LPOP', lineKey(queue, priority), most - #messages)
    if found then
      for _, message in ipairs(found) do messages[#messages + 1] = message end
    end
    if #messages >= most then break end
  end
  if arrivals[queue] then arrive(queue, -#messages) end
  return messages
end

local Line = rarely(function(Line)
  -- Whoever was given back is the first again.
  function Line.enqueueFirst(queue, priority, message)
    if redis.call('LPUSH', lineKey(queue, priority), message) == 1 then redis.call('SADD', QUEUES, queue) end
    if priority ~= USUAL_PRIORITY then redis.call('SADD', key('priorities', queue), priority) end
    arrive(queue, 1)
  end

  function Line.backlog(queue)
    local count = 0
    for _, priority in ipairs(linesOf(queue)) do count = count + redis.call('LLEN', lineKey(queue, priority)) end
    return count
  end
end)

local Delayed = rarely(function(Delayed)
  -- Delayed messages carry a number in front, so that no two are the same.
  function Delayed.add(run, queue, due, message)
    local member = redis.call('INCR', P .. 'numbers') .. '\n' .. message
    redis.call('ZADD', DELAYED, due, member)
    redis.call('SADD', key('due', run), member)
    if redis.call('HINCRBY', DELAYED_IN, queue, 1) == 1 then redis.call('SADD', QUEUES, queue) end
    arrive(queue, 1) -- somebody shall look how long he may sleep now
  end

  function Delayed.messageOf(member)
    return string.sub(member, (string.find(member, '\n', 1, true) or 0) + 1)
  end

  -- Its moment has come, or it is called off.
  function Delayed.enqueue(member)
    local message = Delayed.messageOf(member)
    local head = headOf(message)
    redis.call('ZREM', DELAYED, member)
    if not head then return Message.bury('delayed ' .. redis.sha1hex(member), milliseconds(), '', message) end
    redis.call('SREM', key('due', head.run), member)
    if redis.call('HINCRBY', DELAYED_IN, head.queue, -1) <= 0 then redis.call('HDEL', DELAYED_IN, head.queue) end
    enqueue(head.queue, head.priority, message)
  end
end)

local MOST_PROMOTED = 200
local function promoteDue(now)
  local due = redis.call('ZRANGE', DELAYED, '-inf', now, 'BYSCORE', 'LIMIT', 0, MOST_PROMOTED)
  for _, member in ipairs(due) do Delayed.enqueue(member) end
end

local function wakeSleepers(now)
  for queue, count in pairs(arrivals) do
    while count > 0 do
      local worker = redis.call('SPOP', key('sleepers', queue))
      if not worker then break end
      if tonumber(redis.call('ZSCORE', WORKERS, worker) or 0) > now then
        redis.call('LPUSH', key('wake', worker), '1')
        redis.call('PEXPIRE', key('wake', worker), 60000)
        count = count - 1
      end
    end
  end
end
