-- release: gives messages back. What was not run is next again, and as if never delivered, but marked if it has its verdict
-- already; what was rejected is last.
--
-- ARGV  worker  why ('unrun' or 'rejected')  how many, the tokens, the one to be next last
-- reply nothing

local worker, why = take(), take()
local held = key('held', worker)

local function release(token)
  local message = redis.call('HGET', held, token)
  if not message then return end
  local head = headOf(message)
  redis.call('HDEL', held, token)
  if not head then return Message.bury(worker .. ' ' .. token, milliseconds(), '', message) end
  if why == 'rejected' then return enqueue(head.queue, head.priority, Message.counted(message, head)) end
  local isKept = redis.call('HEXISTS', key('run', head.run), 'r:' .. head.pos) == 1
  Line.enqueueFirst(head.queue, head.priority, isKept and Message.marked(message, head) or message)
end

for _ = 1, takeNumber() do release(take()) end
flushLines()
wakeSleepers(milliseconds())
return ''
