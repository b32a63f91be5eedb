-- release: gives messages back. What was not run is next again, and as if never delivered; what was rejected is last.
--
-- ARGV  worker  why ('unrun' or 'rejected')  how many, the tokens, the one to be next last
-- reply nothing

local worker, why = take(), take()
local held = heldKey(worker)
for _ = 1, takeNumber() do
  local token = take()
  local message = redis.call('HGET', held, token)
  if message then
    redis.call('HDEL', held, token)
    local head = headOf(message)
    if why == 'rejected' then message = counted(message, head) end
    enqueue(head.queue, head.priority, message, why == 'unrun')
  end
end
wakeSleepers(milliseconds())
return ''
