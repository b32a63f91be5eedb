-- extend: this worker is alive; all that it holds is held for one term more.
--
-- ARGV  worker  leaseMs  how many, the tokens it believes to hold
-- reply for each token '' hold it · 'L' it is lost · 'H' it is held, but its task shall stop

local worker, leaseMs = take(), takeNumber()
if redis.call('ZSCORE', WORKERS, worker) then redis.call('ZADD', WORKERS, milliseconds() + leaseMs, worker) end
local anyHalts = redis.call('SCARD', HALTED) > 0

local function standingOf(token)
  local message = redis.call('HGET', key('held', worker), token)
  if not message then return 'L' end
  if not anyHalts then return '' end
  local head = headOf(message)
  if not head or redis.call('SISMEMBER', HALTED, head.run) == 0 then return '' end
  return Halts.stopOf(head.run, head.kind, head.at, head.seat) and 'H' or ''
end

local standings = {}
for i = 1, takeNumber() do standings[i] = standingOf(take()) end
return standings
