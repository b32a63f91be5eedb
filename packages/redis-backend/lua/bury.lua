-- bury: sets a message aside that its worker cannot read, or that nobody has signed, and ends its node as failed.
--
-- ARGV  worker  token  resultTtl (ms)  why  verdict
-- reply nothing

local worker, token, ttl, why, verdict = take(), take(), takeNumber(), take(), take()
local message = redis.call('HGET', key('held', worker), token)
if message then
  local head = headOf(message)
  local id = head and (head.pos == '' and head.run or head.run .. '.' .. head.pos) or worker .. ' ' .. token
  redis.call('HDEL', key('held', worker), token)
  Message.bury(id, milliseconds(), why, message)
  local run = head and openRun(head.run)
  if run and run.live > 0 then
    run:store(head.pos, 2, verdict)
    Kept.lose(run, verdict, head.seat)
    run.live = run.live - 1
    run:flush(ttl)
  end
end
return ''
