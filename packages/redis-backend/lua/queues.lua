-- queues: how much waits in a portion of the queues. The names of those that are empty are dropped.
--
-- ARGV  where to go on, '0' at first
-- reply { where to go on, '0' at the end, name, how many wait, how many wait until they are due, … }

local from = take()
local now = milliseconds()
promoteDue(now)
flushLines()
wakeSleepers(now)
local found = redis.call('SSCAN', QUEUES, from, 'COUNT', 100)
local told = { found[1] }
for _, queue in ipairs(found[2]) do
  local waiting, delayed = Line.backlog(queue), tonumber(redis.call('HGET', DELAYED_IN, queue) or 0)
  if waiting + delayed == 0 then
    redis.call('SREM', QUEUES, queue)
  else
    for _, part in ipairs({ queue, waiting, delayed }) do told[#told + 1] = part end
  end
end
return told
