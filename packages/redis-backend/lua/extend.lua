-- extend: this worker is alive; all that it holds is held for one term more.
--
-- ARGV  worker  leaseMs  how many, the tokens it believes to hold
-- reply the tokens that are lost

local worker, leaseMs = take(), takeNumber()
if redis.call('ZSCORE', WORKERS, worker) then redis.call('ZADD', WORKERS, milliseconds() + leaseMs, worker) end
local lost = {}
for _ = 1, takeNumber() do
  local token = take()
  if redis.call('HEXISTS', heldKey(worker), token) == 0 then lost[#lost + 1] = token end
end
return lost
