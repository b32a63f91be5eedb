-- leave: this worker holds nothing any more and will not come back.
--
-- ARGV  worker  how many queues it has slept in, the queues
-- reply nothing

local worker = take()
if redis.call('EXISTS', key('held', worker)) == 0 then redis.call('ZREM', WORKERS, worker) end
for _ = 1, takeNumber() do redis.call('SREM', key('sleepers', take()), worker) end
redis.call('DEL', key('wake', worker), key('last', worker))
return ''
