-- bury: sets a message aside that its worker cannot read, and ends its node as failed.
--
-- ARGV  worker  token  resultTtl (ms)  verdict
-- reply nothing

local worker, token, ttl, verdict = take(), take(), takeNumber(), take()
local message = redis.call('HGET', heldKey(worker), token)
if message then
  local head = headOf(message)
  local id = head and (head.pos == '' and head.run or head.run .. '.' .. head.pos) or worker .. ' ' .. token
  redis.call('HDEL', heldKey(worker), token)
  redis.call('HSET', DEAD, id, string.format('%d', milliseconds()) .. '\n' .. UNREADABLE .. message)
  local run = head and openRun(head.run)
  if run then
    run:store(head.pos, 2, verdict)
    run.live = run.live - 1
    run:flush(ttl)
  end
end
return ''
