-- leave: this worker holds nothing any more and will not come back.
--
-- ARGV  worker
-- reply nothing

local worker = take()
if redis.call('EXISTS', heldKey(worker)) == 0 then redis.call('ZREM', WORKERS, worker) end
redis.call('DEL', wakeKey(worker), P .. 'last:' .. worker)
return ''
